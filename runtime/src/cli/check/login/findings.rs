//! What is too much, and what is missing, each with the statement that mends it.

use super::powers::{Membership, Powers};
use crate::cli::identifier::identifier;

/// The most tables that a finding names. It counts the rest.
const NAMED: usize = 5;

/// Since this version, each membership has options of its own.
const OPTIONS_OF_MEMBERSHIPS: i32 = 160_000;

/// Returns what is wrong with a login, as sentences.
pub(super) fn findings(powers: &Powers) -> Vec<String> {
    let name = &powers.attributes.name;
    let excess = excess(powers);
    if excess.is_empty() || !is_relied_upon(powers) {
        let mended = excess
            .into_iter()
            .map(|Excess { power, mend }| format!("`{name}` {power}: run `{mend}`"));
        return mended.chain(missing(powers)).collect();
    }
    let all: Vec<_> = excess.into_iter().map(|excess| excess.power).collect();
    vec![format!(
        "`{name}` {}: make a login for the tasks, `{}`, and put it into SUPABASE_DB_URL",
        all.join("; it "),
        login_of_their_own(powers)
    )]
}

/// More than tasks need.
struct Excess {
    /// What the login may do: a sentence without its subject.
    power: String,
    /// The statement that takes it away.
    mend: String,
}

fn excess(powers: &Powers) -> Vec<Excess> {
    let login = &powers.attributes;
    let name = identifier(&login.name);
    if login.is_superuser {
        // Includes all the rest.
        return vec![Excess {
            power: "is a superuser, so SQL that is injected into a task could do anything"
                .to_owned(),
            mend: format!("alter role {name} nosuperuser"),
        }];
    }
    let mut excess = attributes(powers);
    excess.extend(powers.unneeded().into_iter().map(|membership| {
        let (role, member) = (&membership.role, &membership.member);
        let through = match *member == login.name {
            true => String::new(),
            false => format!(" through `{member}`"),
        };
        Excess {
            power: format!(
                "may become `{role}`{through}, as which no task of this program uses a database"
            ),
            mend: revoked(powers, membership),
        }
    }));
    excess.extend(inherited(powers));
    if !powers.owned.is_empty() {
        let owned = powers.owned.iter();
        let mends = owned.map(|table| format!("alter table {table} owner to postgres"));
        excess.push(Excess {
            power: format!(
                "owns {}, and Row Level Security does not hold for a table's owner",
                some(&powers.owned)
            ),
            mend: mends.collect::<Vec<_>>().join("; "),
        });
    }
    if !powers.granted.is_empty() {
        excess.push(Excess {
            power: format!("has rights of its own on {}", some(&powers.granted)),
            mend: format!("revoke all on {} from {name}", powers.granted.join(", ")),
        });
    }
    excess
}

fn attributes(powers: &Powers) -> Vec<Excess> {
    let login = &powers.attributes;
    let attributes = [
        (
            login.bypasses,
            "bypasses Row Level Security (`bypassrls`)",
            "nobypassrls",
        ),
        (
            login.creates_roles,
            "may make roles and members of them (`createrole`)",
            "nocreaterole",
        ),
        (
            login.replicates,
            "may copy the whole server (`replication`)",
            "noreplication",
        ),
    ];
    let set = attributes.into_iter().filter(|(is_set, ..)| *is_set);
    set.map(|(_, power, attribute)| Excess {
        power: power.to_owned(),
        mend: format!("alter role {} {attribute}", identifier(&login.name)),
    })
    .collect()
}

/// The statements that end a membership. Since PostgreSQL 16, it is one of each grantor.
fn revoked(powers: &Powers, membership: &Membership) -> String {
    let (role, member) = (&membership.role, &membership.member);
    let revoke = format!("revoke {} from {}", identifier(role), identifier(member));
    if powers.attributes.version < OPTIONS_OF_MEMBERSHIPS {
        return revoke;
    }
    let same = powers
        .memberships_of(member)
        .filter(|other| other.role == *role);
    let statements = same.map(|membership| format!("{revoke}{}", granted_by(membership)));
    statements.collect::<Vec<_>>().join("; ")
}

fn granted_by(membership: &Membership) -> String {
    let grantor = membership.grantor.as_deref();
    grantor.map_or_else(String::new, |grantor| {
        format!(" granted by {}", identifier(grantor))
    })
}

/// Rights of the roles that tasks need, without becoming them.
fn inherited(powers: &Powers) -> Option<Excess> {
    let login = &powers.attributes;
    let inherited: Vec<_> = powers
        .memberships_of(&login.name)
        .filter(|membership| membership.inherits && powers.is_needed(&membership.role))
        .collect();
    if inherited.is_empty() {
        return None;
    }
    let mut names: Vec<_> = inherited
        .iter()
        .map(|membership| format!("`{}`", membership.role))
        .collect();
    names.dedup();
    let quoted = identifier(&login.name);
    let mend = match login.version < OPTIONS_OF_MEMBERSHIPS {
        true => format!("alter role {quoted} noinherit"),
        false => {
            let grants = inherited.iter().map(|membership| {
                let role = identifier(&membership.role);
                let by = granted_by(membership);
                format!("grant {role} to {quoted} with inherit false{by}")
            });
            grants.collect::<Vec<_>>().join("; ")
        }
    };
    Some(Excess {
        power: format!(
            "has the rights of {} without becoming it (`inherit`), in every transaction",
            names.join(", ")
        ),
        mend,
    })
}

fn missing(powers: &Powers) -> Vec<String> {
    let login = &powers.attributes;
    let (name, quoted) = (&login.name, identifier(&login.name));
    let missing = powers.needed.iter().filter(|needed| !needed.is_permitted);
    missing
        .map(|needed| {
            let role = &needed.role;
            if !needed.is_there {
                return format!(
                    "there is no role `{role}`, which tasks run as: is this the database of the project?"
                );
            }
            let options = match login.version < OPTIONS_OF_MEMBERSHIPS {
                true => "",
                false => " with inherit false, set true",
            };
            format!(
                "`{name}` may not become `{role}`, which tasks run as: run `grant {} to {quoted}{options}`",
                identifier(role)
            )
        })
        .collect()
}

/// Superusers and Supabase's own roles, which others rely on: they are not to be changed.
fn is_relied_upon(powers: &Powers) -> bool {
    let login = &powers.attributes;
    let is_of_platform = ["_admin", "_user"]
        .iter()
        .any(|end| login.name.starts_with("supabase_") && login.name.ends_with(end));
    let is_known = ["postgres", "authenticator"].contains(&login.name.as_str());
    login.is_superuser || is_known || is_of_platform
}

fn login_of_their_own(powers: &Powers) -> String {
    let roles: Vec<_> = powers
        .needed
        .iter()
        .map(|needed| identifier(&needed.role))
        .collect();
    format!(
        "create role tasks login noinherit password '…'; grant {} to tasks",
        roles.join(", ")
    )
}

/// The first of the tables, and how many there are.
fn some(tables: &[String]) -> String {
    let named = tables.iter().take(NAMED).map(String::as_str);
    let named = named.collect::<Vec<_>>().join(", ");
    match tables.len().saturating_sub(NAMED) {
        0 => named,
        rest => format!("{named} and {rest} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::powers::{Attributes, Needed};
    use super::*;

    fn membership(role: &str, inherits: bool) -> Membership {
        Membership {
            member: "tasks".to_owned(),
            role: role.to_owned(),
            grantor: Some("postgres".to_owned()),
            inherits,
        }
    }

    /// A login that may do what tasks of users need.
    fn login(name: &str) -> Powers {
        let mut authenticated = membership("authenticated", false);
        name.clone_into(&mut authenticated.member);
        Powers {
            attributes: Attributes {
                name: name.to_owned(),
                version: 170_004,
                is_superuser: false,
                bypasses: false,
                creates_roles: false,
                replicates: false,
                has_queue: false,
            },
            memberships: vec![authenticated],
            needed: vec![Needed {
                role: "authenticated".to_owned(),
                is_there: true,
                is_permitted: true,
            }],
            owned: Vec::new(),
            granted: Vec::new(),
        }
    }

    #[test]
    fn a_login_that_may_do_what_is_needed_is_good() {
        let mut powers = login("tasks");
        assert_eq!(findings(&powers), [""; 0]);
        let text = powers.as_needed();
        assert!(
            text.contains("`tasks` may become `authenticated`"),
            "{text}"
        );
        assert!(!text.contains("queue"), "{text}");
        powers.attributes.has_queue = true;
        assert_eq!(findings(&powers), [""; 0]);
        assert!(powers.as_needed().contains("which a worker needs"));
    }

    #[test]
    fn each_power_has_the_statement_that_takes_it_away() {
        let mut powers = login("Tasks");
        powers.attributes.bypasses = true;
        powers.attributes.creates_roles = true;
        powers.attributes.replicates = true;
        powers.memberships = vec![
            membership("authenticated", true),
            membership("service_role", true),
            membership("service_role", false),
        ];
        for membership in &mut powers.memberships {
            membership.member = "Tasks".to_owned();
        }
        powers.memberships[2].grantor = Some("supabase_admin".to_owned());
        powers.owned = (0..7).map(|n| format!("public.t{n}")).collect();
        powers.granted = vec!["private.a".to_owned(), "private.b".to_owned()];
        let findings = findings(&powers);
        let owned: Vec<_> = (0..7)
            .map(|n| format!("alter table public.t{n} owner to postgres"))
            .collect();
        let owned = format!("`{}`", owned.join("; "));
        let mends: Vec<_> = findings
            .iter()
            .map(|finding| finding.split_once(": run ").unwrap().1)
            .collect();
        assert_eq!(
            mends,
            [
                "`alter role \"Tasks\" nobypassrls`",
                "`alter role \"Tasks\" nocreaterole`",
                "`alter role \"Tasks\" noreplication`",
                "`revoke service_role from \"Tasks\" granted by postgres; revoke service_role from \"Tasks\" granted \
                 by supabase_admin`",
                "`grant authenticated to \"Tasks\" with inherit false granted by postgres`",
                owned.as_str(),
                "`revoke all on private.a, private.b from \"Tasks\"`",
            ]
        );
        assert!(findings[5].contains("public.t4 and 2 more"), "{findings:?}");
    }

    #[test]
    fn what_a_needed_role_may_become_is_followed() {
        let mut powers = login("tasks");
        let link = |member: &str, role: &str| Membership {
            member: member.to_owned(),
            ..membership(role, true)
        };
        powers.memberships.extend([
            link("authenticated", "user"),
            link("authenticated", "tasks"),
            // Lost with the membership before it.
            link("user", "service_role"),
        ]);
        assert_eq!(
            findings(&powers),
            [
                "`tasks` may become `user` through `authenticated`, as which no task of this program uses a \
                 database: run `revoke \"user\" from authenticated granted by postgres`"
            ]
        );
    }

    #[test]
    fn before_postgresql_16_inheriting_is_the_roles_own() {
        let mut powers = login("tasks");
        powers.attributes.version = 150_018;
        powers.memberships = vec![membership("authenticated", true)];
        powers.needed.push(Needed {
            role: "anon".to_owned(),
            is_there: true,
            is_permitted: false,
        });
        let findings = findings(&powers);
        assert!(
            findings[0].ends_with("run `alter role tasks noinherit`"),
            "{findings:?}"
        );
        assert!(
            findings[1].ends_with("run `grant anon to tasks`"),
            "{findings:?}"
        );
    }

    #[test]
    fn what_is_missing_is_told() {
        let mut powers = login("tasks");
        powers.needed[0].is_permitted = false;
        let text = findings(&powers).remove(0);
        assert!(
            text.ends_with("run `grant authenticated to tasks with inherit false, set true`"),
            "{text}"
        );
        powers.needed[0].is_there = false;
        let text = findings(&powers).remove(0);
        assert!(
            text.starts_with("there is no role `authenticated`"),
            "{text}"
        );
    }

    #[test]
    fn supabases_own_roles_are_not_changed() {
        let mut superuser = login("boss");
        superuser.attributes.is_superuser = true;
        superuser.attributes.bypasses = true;
        let mut postgres = login("postgres");
        postgres.attributes.bypasses = true;
        postgres.attributes.creates_roles = true;
        let mut authenticator = login("authenticator");
        authenticator.memberships.push(Membership {
            member: "authenticator".to_owned(),
            ..membership("anon", false)
        });
        for (powers, part) in [
            (superuser, "is a superuser"),
            (postgres, "Row Level Security (`bypassrls`); it may make"),
            (authenticator, "may become `anon`"),
        ] {
            let findings = findings(&powers);
            assert_eq!(findings.len(), 1, "{findings:?}");
            let text = &findings[0];
            assert!(text.contains(part), "{text}");
            assert!(
                text.contains(
                    "`create role tasks login noinherit password '…'; grant authenticated to tasks`"
                ),
                "{text}"
            );
            assert!(!text.contains("alter role"), "{text}");
        }
    }
}
