//! `completions`: the completion scripts of this program for shells.

use clap::Args;
use clap_complete::Shell;

use super::command;
use super::error::CommandError;
use super::exit::Exit;
use super::output::print;
use super::program::ProgramName;

/// Write a completion script for a shell.
///
/// Save it where your shell looks for it (create the folder if needed), and start a new shell:
///
///   my-tasks completions bash > ~/.local/share/bash-completion/completions/my-tasks
///   my-tasks completions zsh > ~/.zfunc/_my-tasks    # in .zshrc before compinit: fpath+=~/.zfunc
///   my-tasks completions fish > ~/.config/fish/completions/my-tasks.fish
///   my-tasks completions powershell > my-tasks.ps1    # in $PROFILE: . ./my-tasks.ps1
///   my-tasks completions elvish > ~/.config/elvish/lib/my-tasks.elv    # in rc.elv: use my-tasks
///
/// Write it again after an update of supabase-task.
#[derive(Args, Debug)]
#[command(verbatim_doc_comment)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, name: &ProgramName) -> Result<Exit, CommandError> {
        let mut script = Vec::new();
        let mut command = command::command(name);
        clap_complete::generate(self.shell, &mut command, name.as_str(), &mut script);
        let mut script = String::from_utf8_lossy(&script).into_owned();
        if self.shell == Shell::Bash {
            // clap_complete spells a hyphen of the program's name in two ways, and then completes nothing
            // after a subcommand.
            let spelled = |hyphen| name.as_str().replace('-', hyphen);
            script = script.replace(&spelled("__subcmd__"), &spelled("__"));
        }
        print(script.trim_end())?;
        Ok(Exit::Done)
    }
}
