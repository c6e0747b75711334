//! The matrix of Row Level Security: who may do what, tried out.

mod cell;
mod diff;
mod identity;
mod matrix;
mod probe;
mod relation;

use self::identity::Identity;
use self::matrix::Line;
use self::probe::Probe;
use self::relation::Relation;
use super::database::OwnerSession;
use super::{LocalError, LocalSupabase};
use crate::UserId;

pub use self::matrix::RlsMatrix;

/// What an error of the matrix's own statements names as their origin.
const ORIGIN: &str = "rls_matrix";

/// The one transaction of a matrix. Another connection that holds a row may delay it, but not for ever.
const BEGIN: &str =
    "begin; set local standard_conforming_strings = on; set local lock_timeout = '10s'";

impl LocalSupabase {
    /// Finds out what each identity may do with each table: an [`RlsMatrix`].
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// # let stack = supabase_task::LocalSupabase::start().await?;
    /// let alice = stack.create_user("alice@example.com").await?;
    /// let bob = stack.create_user("bob@example.com").await?;
    /// stack
    ///     .execute(format!("insert into todos (user_id, title) values ('{alice}', 'hers')"))
    ///     .await?;
    /// let matrix = stack
    ///     .rls_matrix()
    ///     .users([("alice", alice), ("bob", bob)])
    ///     .tables(["todos"])
    ///     .run()
    ///     .await?;
    /// matrix.assert_is(
    ///     "table  identity  select  insert  update  delete
    ///      todos  anon      0 of 1  0 of 1  0 of 1  0 of 1
    ///      todos  alice     1 of 1  1 of 1  1 of 1  1 of 1
    ///      todos  bob       0 of 1  0 of 1  0 of 1  0 of 1
    ///      todos  service   1 of 1  1 of 1  1 of 1  1 of 1",
    /// );
    /// # Ok(()) }
    /// ```
    pub fn rls_matrix(&self) -> RlsMatrixBuilder<'_> {
        RlsMatrixBuilder {
            stack: self,
            users: Vec::new(),
            tables: Vec::new(),
        }
    }
}

/// Configures an [`RlsMatrix`]. Returned by [`LocalSupabase::rls_matrix`].
#[derive(Debug)]
#[must_use = "nothing is tried until `run` is awaited"]
pub struct RlsMatrixBuilder<'s> {
    stack: &'s LocalSupabase,
    users: Vec<(String, UserId)>,
    tables: Vec<String>,
}

impl RlsMatrixBuilder<'_> {
    /// Adds signed-in users, each with the name that the matrix shows. `anon` and `service` are always part of
    /// the matrix.
    ///
    /// A user acts with the claims that Supabase Auth would sign: the email, phone and metadata of the row in
    /// `auth.users`, if there is one.
    pub fn users<Name, User>(mut self, users: impl IntoIterator<Item = (Name, User)>) -> Self
    where
        Name: Into<String>,
        User: Into<UserId>,
    {
        let users = users.into_iter();
        self.users
            .extend(users.map(|(name, user)| (name.into(), user.into())));
        self
    }

    /// Adds tables or views: one in `public` by its name as it is, any other as it is written in SQL, such as
    /// `private.notes` or `private."Notes"`. Without any, the matrix has all tables and views in `public`.
    pub fn tables<Name: Into<String>>(mut self, names: impl IntoIterator<Item = Name>) -> Self {
        self.tables.extend(names.into_iter().map(Into::into));
        self
    }

    /// Tries everything out, in one transaction that is rolled back.
    ///
    /// # Errors
    ///
    /// [`LocalError::Sql`] if a table does not exist. What a probe's statement fails with is part of the matrix.
    pub async fn run(self) -> Result<RlsMatrix, LocalError> {
        let Self {
            stack,
            users,
            tables,
        } = self;
        stack
            .on_its_thread(async move |api| {
                let mut owner = api.database().owner().await?;
                let lines = lines(&mut owner, users, tables).await;
                let undone = owner.run("rollback", ORIGIN).await;
                if undone.is_ok() {
                    owner.close().await;
                }
                let matrix = RlsMatrix::new(lines?);
                undone.map(|()| matrix)
            })
            .await
    }
}

async fn lines(
    owner: &mut OwnerSession,
    users: Vec<(String, UserId)>,
    tables: Vec<String>,
) -> Result<Vec<Line>, LocalError> {
    owner.run(BEGIN, ORIGIN).await?;
    let mut identities = vec![Identity::anon()];
    for (name, user) in users {
        identities.push(Identity::user(name, user, owner).await?);
    }
    identities.push(Identity::service());
    let relations = match tables.is_empty() {
        true => Relation::all(owner).await?,
        false => Relation::named(owner, tables).await?,
    };
    let mut lines = Vec::new();
    for relation in &relations {
        lines.extend(lines_of(relation, owner, &identities).await?);
    }
    Ok(lines)
}

async fn lines_of(
    relation: &Relation,
    owner: &mut OwnerSession,
    identities: &[Identity],
) -> Result<Vec<Line>, LocalError> {
    let total = relation.total(owner).await?;
    let mut probes = Vec::new();
    for identity in identities {
        let grants = relation.grants(identity.role, owner).await?;
        let mut probe = Probe::new(relation, identity, grants, total);
        probe.select(owner).await?;
        probes.push(probe);
    }
    if relation.is_table {
        owner.run(&relation.declare_rows(), ORIGIN).await?;
        while let Some(row) = relation.next_row(owner).await? {
            for probe in &mut probes {
                probe.row(owner, &row).await?;
            }
        }
        owner.run(relation::CLOSE_ROWS, ORIGIN).await?;
    } else {
        for probe in &mut probes {
            probe.whole(owner).await?;
        }
    }
    let lines = probes.into_iter().map(|probe| Line {
        table: relation.label.clone(),
        identity: probe.identity.name.clone(),
        cells: probe.into_cells(),
    });
    Ok(lines.collect())
}
