//! The Supabase client a task is given.
