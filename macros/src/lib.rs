//! The `#[supabase_task]` attribute.
