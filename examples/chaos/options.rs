//! The command line options.

use anyhow::{Context, bail};

pub struct Options {
    pub runs: usize,
    pub kills: usize,
    pub workers: usize,
    pub restarts: usize,
    pub faults: usize,
    pub database_url: Option<String>,
}

impl Options {
    pub fn from_args() -> anyhow::Result<Self> {
        let mut options = Self {
            runs: 20_000,
            kills: 50,
            workers: 4,
            restarts: 2,
            faults: 20,
            database_url: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments
                .next()
                .with_context(|| format!("{name}: missing value"))?;
            let number = || value.parse().with_context(|| format!("{name} {value}"));
            match name.as_str() {
                "--runs" => options.runs = number()?,
                "--kills" => options.kills = number()?,
                "--workers" => options.workers = number()?,
                "--restarts" => options.restarts = number()?,
                "--faults" => options.faults = number()?,
                "--database-url" => options.database_url = Some(value),
                _ => bail!(
                    "{name}: unknown option; the options are --runs, --kills, --workers, --restarts, \
                     --faults and --database-url"
                ),
            }
        }
        if options.workers == 0 || options.runs < options.kills + options.restarts + 1 {
            bail!("use at least one worker, and more runs than kills and restarts");
        }
        Ok(options)
    }
}
