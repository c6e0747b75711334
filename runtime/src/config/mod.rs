//! What a project is: its URL and its keys.
