//! The durable engine when things go wrong, and what only PostgreSQL has: processes that die, stall
//! and are told to stop, a server that restarts, triggers from SQL, Row Level Security.

mod chaos;
mod crash;
mod drain;
mod ending;
mod faults;
mod frozen;
mod idle;
mod innocents;
mod limits;
mod lossy;
mod migrations;
mod own_runs;
mod plans;
mod process;
mod proxy;
mod restart;
mod routing;
mod schedules;
mod secrets;
mod sql;
mod stage;
mod stall;
mod starting;
mod strange;
mod tasks;
mod tidy;
mod transactions;
