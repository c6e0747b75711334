//! The program `supabase-task`: see `supabase_task::cli`.

fn main() -> std::process::ExitCode {
    supabase_task::cli::main()
}
