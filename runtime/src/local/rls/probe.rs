//! What one identity tries with one table.

use std::fmt::Write as _;

use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Row};

use super::ORIGIN;
use super::cell::{Cell, Failure, Outcome, Rows};
use super::identity::Identity;
use super::relation::{CURRENT, Grant, Grants, Relation, on_one_line};
use crate::local::LocalError;
use crate::local::database::OwnerSession;

const UNDO: &str = "rollback to savepoint probe; release savepoint probe";

/// The SQLSTATE of an update of a column that PostgreSQL itself fills. A view does not tell that it shows one.
const GENERATED: &str = "428C9";

/// What one identity tries with one table. Each statement is undone.
pub(super) struct Probe<'m> {
    relation: &'m Relation,
    pub(super) identity: &'m Identity,
    grants: Grants,
    select: Rows,
    insert: Rows,
    update: Rows,
    delete: Rows,
}

impl<'m> Probe<'m> {
    /// A table has `total` rows.
    pub(super) fn new(
        relation: &'m Relation,
        identity: &'m Identity,
        grants: Grants,
        total: Option<u64>,
    ) -> Self {
        let rows = Rows::of(total);
        Self {
            relation,
            identity,
            grants,
            select: rows.clone(),
            insert: rows.clone(),
            update: rows.clone(),
            delete: rows,
        }
    }

    /// Counts the rows that the identity sees.
    pub(super) async fn select(&mut self, owner: &mut OwnerSession) -> Result<(), LocalError> {
        if self.grants.select {
            let act = self.identity.act();
            let table = &self.relation.name;
            let sql = format!("savepoint probe; {act}; select count(*) from {table}");
            let counted = sqlx::raw_sql(AssertSqlSafe(sql.as_str()))
                .fetch_one(owner.connection())
                .await
                .and_then(|row| row.try_get::<i64, _>(0));
            let outcome = outcome(counted.map(i64::unsigned_abs), &sql)?;
            self.select.add(outcome);
            owner.run(UNDO, ORIGIN).await?;
        }
        Ok(())
    }

    /// Tries to insert, to update and to delete the current row, whose values are these.
    pub(super) async fn row(
        &mut self,
        owner: &mut OwnerSession,
        values: &[String],
    ) -> Result<(), LocalError> {
        let table = &self.relation.name;
        if let Grant::Try(columns) = &self.grants.insert {
            let insert = self.insert_of(columns, values);
            // It is inserted as if it were not there: without its triggers, nothing else goes with it.
            let remove = format!(
                "set local session_replication_role = replica; delete from {table} {CURRENT}; \
                 set local session_replication_role = origin"
            );
            owner.run("savepoint probe", ORIGIN).await?;
            owner.run(&remove, ORIGIN).await?;
            self.insert.add(self.attempt(owner, &insert).await?);
            owner.run(UNDO, ORIGIN).await?;
        }
        if let Grant::Try(places) = &self.grants.update
            && let Some(place) = places.first()
        {
            let column = self.relation.column(*place);
            let value = values.get(*place).map_or("null", String::as_str);
            let update = format!("update {table} set {column} = {value} {CURRENT}");
            let outcome = self.undone(owner, &update).await?;
            self.update.add(outcome);
        }
        if let Grant::Try(()) = self.grants.delete {
            let delete = format!("delete from {table} {CURRENT}");
            let outcome = self.undone(owner, &delete).await?;
            self.delete.add(outcome);
        }
        Ok(())
    }

    /// Tries to update and to delete all rows at once: those of a view have no place.
    pub(super) async fn whole(&mut self, owner: &mut OwnerSession) -> Result<(), LocalError> {
        let view = &self.relation.name;
        if let Grant::Try(places) = &self.grants.update {
            let mut last = None;
            for place in places {
                let column = self.relation.column(*place);
                let update = format!("update {view} set {column} = {column}");
                let outcome = self.undone(owner, &update).await?;
                let is_generated = matches!(&outcome, Outcome::Failed(it) if it.code == GENERATED);
                last = Some(outcome);
                if !is_generated {
                    break;
                }
            }
            if let Some(outcome) = last {
                self.update.add(outcome);
            }
        }
        if let Grant::Try(()) = self.grants.delete {
            let outcome = self.undone(owner, &format!("delete from {view}")).await?;
            self.delete.add(outcome);
        }
        Ok(())
    }

    /// One cell for each verb.
    pub(super) fn into_cells(self) -> [Cell; 4] {
        let select = match self.grants.select {
            true => Cell::Rows(self.select),
            false => Cell::Denied,
        };
        [
            select,
            cell(&self.grants.insert, self.insert),
            cell(&self.grants.update, self.update),
            cell(&self.grants.delete, self.delete),
        ]
    }

    fn insert_of(&self, columns: &[usize], values: &[String]) -> String {
        let mut insert = format!("insert into {}", self.relation.name);
        if columns.is_empty() {
            insert.push_str(" default values");
            return insert;
        }
        let (mut names, mut row) = (String::new(), String::new());
        for place in columns {
            let comma = if names.is_empty() { "" } else { ", " };
            let value = values.get(*place).map_or("default", String::as_str);
            // Writing to a string cannot fail.
            let _ = write!(names, "{comma}{}", self.relation.column(*place));
            let _ = write!(row, "{comma}{value}");
        }
        let _ = write!(insert, " ({names}) overriding system value values ({row})");
        insert
    }

    async fn undone(
        &self,
        owner: &mut OwnerSession,
        statement: &str,
    ) -> Result<Outcome, LocalError> {
        owner.run("savepoint probe", ORIGIN).await?;
        let outcome = self.attempt(owner, statement).await?;
        owner.run(UNDO, ORIGIN).await?;
        Ok(outcome)
    }

    /// Runs the statement as the identity, with the constraints that are otherwise checked at the end.
    async fn attempt(
        &self,
        owner: &mut OwnerSession,
        statement: &str,
    ) -> Result<Outcome, LocalError> {
        let act = self.identity.act();
        let sql = format!("{act}; {statement}; set constraints all immediate");
        let done = sqlx::raw_sql(AssertSqlSafe(sql.as_str()))
            .execute(owner.connection())
            .await;
        outcome(done.map(|done| done.rows_affected()), &sql)
    }
}

fn cell<T>(grant: &Grant<T>, rows: Rows) -> Cell {
    match grant {
        Grant::Denied => Cell::Denied,
        Grant::NothingToTry => Cell::NotTried,
        Grant::Try(_) => Cell::Rows(rows),
    }
}

/// Tells what a policy refused from what failed for another reason.
fn outcome(done: Result<u64, sqlx::Error>, sql: &str) -> Result<Outcome, LocalError> {
    let error = match done {
        Ok(rows) => return Ok(Outcome::Done(rows)),
        Err(error) => error,
    };
    let refusal = error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<PgDatabaseError>());
    let Some(refusal) = refusal else {
        return Err(LocalError::from_sql(error, ORIGIN, sql));
    };
    // A policy of another table, in a trigger, has the context of the trigger.
    let is_policy = refusal.code() == "42501"
        && refusal.routine() == Some("ExecWithCheckOptions")
        && refusal.r#where().is_none();
    Ok(match is_policy {
        true => Outcome::Refused,
        false => Outcome::Failed(Failure {
            code: refusal.code().to_owned(),
            message: on_one_line(refusal.message()),
        }),
    })
}
