//! What to do about SQL that a Supabase project runs and the stack refuses.

/// About `copy … from stdin`.
pub(super) const COPY: &str = "the Supabase CLI refuses it too: dump the rows with `pg_dump --inserts`, or \
     `supabase db dump --data-only`, without --use-copy";

/// The extensions of Supabase that a server may lack, and the package that brings them on Debian and Ubuntu.
const PACKAGES: [(&str, &str); 8] = [
    ("vector", "postgresql-NN-pgvector"),
    ("postgis", "postgresql-NN-postgis-3"),
    ("pgtap", "postgresql-NN-pgtap"),
    ("pgroonga", "postgresql-NN-pgdg-pgroonga"),
    ("pgrouting", "postgresql-NN-pgrouting"),
    ("rum", "postgresql-NN-rum"),
    ("plv8", "postgresql-NN-plv8"),
    ("timescaledb", "postgresql-NN-timescaledb"),
];

/// The schemas that come with an extension.
const OF_EXTENSIONS: [(&str, &str); 3] = [
    ("cron", "pg_cron"),
    ("pgmq", "pgmq"),
    ("pgmq_public", "pgmq"),
];

/// Returns the advice for this SQLSTATE and message of PostgreSQL.
pub(super) fn advice(code: &str, message: &str) -> Option<String> {
    let name = message.split('"').nth(1).unwrap_or_default();
    match code {
        // `could not open extension control file` before 16, `extension … is not available` since.
        "0A000" | "58P01" | "22023" | "42704" if message.contains("extension") => {
            Some(missing_extension(name, message))
        }
        "3F000" => missing_schema(name),
        "42883" => newer_function(message),
        "42704" if message.starts_with("role ") => Some(format!(
            "create the role in a migration, or in supabase/roles.sql: `create role {name};`"
        )),
        "42601" if message.contains(r#""\""#) => Some(
            "a line that starts with a backslash is psql's: remove it, as the Supabase CLI refuses it too".to_owned(),
        ),
        "55000" | "25001" if message.contains("transaction block") => Some(
            "a migration runs in a transaction, as with the Supabase CLI: give this statement alone to \
             `LocalSupabaseBuilder::sql`"
                .to_owned(),
        ),
        _ => None,
    }
}

fn missing_extension(name: &str, message: &str) -> String {
    // `could not open extension control file "/usr/share/…/vector.control": …`
    let file = name.rsplit('/').next().unwrap_or(name);
    let name = file.strip_suffix(".control").unwrap_or(file);
    let elsewhere = "or set SUPABASE_TASK_POSTGRES to the URL of a server that has it";
    let package = PACKAGES.iter().find(|(extension, _)| *extension == name);
    match package {
        _ if message.contains("version") => {
            format!("leave the version out, {elsewhere} in this version")
        }
        Some((_, package)) => format!(
            "it needs a PostgreSQL with the extension `{name}`: install both (on Debian: `apt-get install {package}`, with \
             PostgreSQL's major version for NN), {elsewhere}"
        ),
        None => format!(
            "it needs a PostgreSQL with the extension `{name}`: install both (`postgresql-contrib` has many extensions), \
             {elsewhere}"
        ),
    }
}

fn missing_schema(schema: &str) -> Option<String> {
    let (_, extension) = OF_EXTENSIONS.iter().find(|(name, _)| *name == schema)?;
    Some(format!(
        "create its extension first, in a migration or with `sql`: `create extension {extension};`"
    ))
}

/// Functions of PostgreSQL 16 and 17. Supabase's new projects run 17.
fn newer_function(message: &str) -> Option<String> {
    const NEWER: [&str; 8] = [
        "pg_input_is_valid(",
        "pg_input_error_info(",
        "any_value(",
        "array_sample(",
        "array_shuffle(",
        "random_normal(",
        "to_bin(",
        "uuid_extract_timestamp(",
    ];
    let called = message.strip_prefix("function ")?;
    let is_newer = NEWER.iter().any(|function| called.starts_with(function));
    is_newer.then(|| {
        "this function is of a newer PostgreSQL than the stack's: install PostgreSQL 17, as new projects of Supabase \
         run it, or set SUPABASE_TASK_POSTGRES to the URL of one"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_way_out() {
        for (code, message, expected) in [
            (
                "0A000",
                "extension \"vector\" is not available",
                "postgresql-NN-pgvector",
            ),
            (
                "58P01",
                "could not open extension control file \"/usr/share/postgresql/15/extension/foo.control\": No such file",
                "with the extension `foo`",
            ),
            (
                "3F000",
                "schema \"cron\" does not exist",
                "create extension pg_cron;",
            ),
            (
                "42704",
                "role \"reader\" does not exist",
                "create role reader;",
            ),
            ("42601", "syntax error at or near \"\\\"", "psql's"),
        ] {
            let advice = advice(code, message).unwrap();
            assert!(advice.contains(expected), "{advice}");
        }
        assert_eq!(advice("42P01", "relation \"x\" does not exist"), None);
        assert_eq!(advice("3F000", "schema \"x\" does not exist"), None);
    }
}
