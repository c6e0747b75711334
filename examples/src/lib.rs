//! Nothing but examples: see the folders beside `src`.
