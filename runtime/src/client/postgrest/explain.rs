//! [`Explain`]: what to show of a query's plan.

const PLAN: &str = "application/vnd.pgrst.plan";

/// What [`explain`](super::Query::explain) shows of a query's plan: by default the same as
/// PostgreSQL's `EXPLAIN`.
///
/// ```
/// use supabase_task::client::Explain;
///
/// let explain = Explain::new().analyze().buffers();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Explain {
    analyze: bool,
    verbose: bool,
    settings: bool,
    buffers: bool,
    wal: bool,
    json: bool,
    pub(super) single: bool,
}

impl Explain {
    /// Shows only the plan, as text.
    pub const fn new() -> Self {
        Self {
            analyze: false,
            verbose: false,
            settings: false,
            buffers: false,
            wal: false,
            json: false,
            single: false,
        }
    }

    /// Runs the query, and shows how long each step took. A write takes effect then, unless
    /// [`rollback`](super::Query::rollback) undoes it.
    pub const fn analyze(mut self) -> Self {
        self.analyze = true;
        self
    }

    /// Shows the query's identifier, and the columns of each step.
    pub const fn verbose(mut self) -> Self {
        self.verbose = true;
        self
    }

    /// Shows the settings that affect the plan.
    pub const fn settings(mut self) -> Self {
        self.settings = true;
        self
    }

    /// Shows the buffers that were hit and read.
    pub const fn buffers(mut self) -> Self {
        self.buffers = true;
        self
    }

    /// Shows what was written to the write-ahead log. Needs [`analyze`](Self::analyze).
    pub const fn wal(mut self) -> Self {
        self.wal = true;
        self
    }

    /// Returns the plan as JSON.
    pub const fn json(mut self) -> Self {
        self.json = true;
        self
    }

    /// Explains the query as [`single`](super::Query::single) sends it.
    pub const fn single(mut self) -> Self {
        self.single = true;
        self
    }

    /// Returns the `Accept` header that requests the plan of a query for `media`.
    pub(super) fn accept(self, media: &str) -> String {
        let options = [
            (self.analyze, "analyze"),
            (self.verbose, "verbose"),
            (self.settings, "settings"),
            (self.buffers, "buffers"),
            (self.wal, "wal"),
        ];
        let options: Vec<_> = options
            .into_iter()
            .filter_map(|(wanted, name)| wanted.then_some(name))
            .collect();
        let format = if self.json { "json" } else { "text" };
        format!(
            "{}+{format}; for=\"{media}\"; options={};",
            PLAN,
            options.join("|")
        )
    }
}
