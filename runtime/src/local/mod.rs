//! `LocalSupabase`: a Supabase project inside the process.
