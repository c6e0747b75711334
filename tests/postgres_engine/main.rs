//! The durable engine when things go wrong, and what only PostgreSQL has: processes that die, stall
//! and are told to stop, a server that restarts, triggers from SQL, Row Level Security.

mod any_row;
mod chaos;
mod crash;
mod drain;
mod ending;
mod faults;
mod frozen;
mod hints;
mod idle;
mod innocents;
mod limits;
mod lossy;
mod migrations;
mod odd;
mod on_call;
mod outcomes;
mod own_runs;
mod plans;
mod process;
mod proxy;
mod restart;
mod routing;
mod schedules;
mod secrets;
mod security;
mod sql;
mod sql_limits;
mod stage;
mod stall;
mod starting;
mod strange;
mod tasks;
mod tidy;
mod transactions;
mod waiting;
