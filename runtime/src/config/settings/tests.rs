use std::cell::RefCell;
use std::collections::HashMap;

use super::*;
use crate::auth::AuthKind;
use crate::token::testing::{EcNumbers, JWT_SECRET};

const URL: &str = "https://abc.supabase.co";
const PUBLISHABLE: &str = "sb_publishable_abc";
const SECRET: &str = "sb_secret_abc";

const USER: (AuthKind, Option<&str>) = (AuthKind::User, Some("add_todo"));
const SERVICE: (AuthKind, Option<&str>) = (AuthKind::Service, Some("sweep_todos"));
const ANON: (AuthKind, Option<&str>) = (AuthKind::Anon, Some("ping"));

const ALL: &[(&str, &str)] = &[
    ("SUPABASE_URL", URL),
    ("SUPABASE_PUBLISHABLE_KEY", PUBLISHABLE),
    ("SUPABASE_SECRET_KEY", SECRET),
    ("SUPABASE_JWT_SECRET", JWT_SECRET),
];

fn needs(of: &[(AuthKind, Option<&'static str>)]) -> Needs {
    of.iter().copied().collect()
}

/// The settings read from `variables`, and the names that were looked up.
fn read(settings: &mut Settings, variables: &[(&str, &str)], needs: &Needs) -> Vec<String> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let asked = RefCell::new(Vec::new());
    let vars = |name: &str| {
        asked.borrow_mut().push(name.to_owned());
        variables.get(name).map(|&value| value.to_owned())
    };
    settings.read(&vars, needs);
    asked.into_inner()
}

fn config(variables: &[(&str, &str)], needs: &Needs) -> Result<Config, ConfigError> {
    let mut settings = Settings::default();
    read(&mut settings, variables, needs);
    settings.check(needs)
}

fn publishable_key(variables: &[(&str, &str)]) -> String {
    let variables = [&[("SUPABASE_URL", URL)], variables].concat();
    let key = config(&variables, &needs(&[ANON]))
        .unwrap()
        .publishable_key
        .unwrap();
    key.header_value().to_str().unwrap().to_owned()
}

fn problem(variables: &[(&str, &str)], needs: &Needs) -> ConfigProblem {
    let error = config(variables, needs).unwrap_err();
    assert_eq!(error.problems().len(), 1, "{error}");
    error.into_problems().remove(0)
}

fn assert_mentions(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no {part:?} in: {text}");
    }
}

#[test]
fn without_a_service_task_no_secret_key_is_asked_for() {
    let needs = needs(&[USER, ANON]);
    let mut settings = Settings::default();
    let asked = read(&mut settings, ALL, &needs);
    assert!(asked.iter().any(|name| name == "SUPABASE_PUBLISHABLE_KEY"));
    for name in Setting::SecretKey.variables() {
        assert!(!asked.iter().any(|asked| asked == name), "{asked:?}");
    }
    assert!(settings.check(&needs).unwrap().secret_key.is_none());
}

#[test]
fn without_a_user_task_nothing_to_sign_with_is_asked_for() {
    for needs in [needs(&[SERVICE]), needs(&[ANON]), needs(&[SERVICE, ANON])] {
        let mut settings = Settings::default();
        let asked = read(&mut settings, ALL, &needs);
        assert!(!asked.iter().any(|name| name.contains("JWT")), "{asked:?}");
        assert!(settings.check(&needs).unwrap().signer.is_none());
    }
}

#[test]
fn a_service_process_asks_for_the_url_and_the_secret_key_alone() {
    let asked = read(&mut Settings::default(), ALL, &needs(&[SERVICE]));
    assert_eq!(
        asked,
        [
            "SUPABASE_URL",
            "SUPABASE_SECRET_KEYS",
            "SUPABASE_SECRET_KEY"
        ]
    );
}

#[test]
fn a_process_of_all_modes_has_everything() {
    let config = config(ALL, &needs(&[USER, SERVICE, ANON])).unwrap();
    assert_eq!(config.url.to_string(), URL);
    assert_eq!(config.publishable_key.unwrap().header_value(), PUBLISHABLE);
    assert_eq!(config.secret_key.unwrap().header_value(), SECRET);
    assert!(config.signer.is_some());
}

#[test]
fn the_builder_wins_and_what_it_gives_is_not_asked_for() {
    let needs = needs(&[USER, SERVICE]);
    let mut settings = Settings::default();
    settings.url("https://other.supabase.co");
    settings.publishable_key("sb_publishable_other");
    settings.secret_key("sb_secret_other");
    settings.jwt_signing_key(EcNumbers::generate().jwk().to_string());
    assert_eq!(read(&mut settings, ALL, &needs), [""; 0]);
    let config = settings.check(&needs).unwrap();
    assert_eq!(config.url.to_string(), "https://other.supabase.co");
    assert_eq!(
        config.publishable_key.unwrap().header_value(),
        "sb_publishable_other"
    );
    assert_eq!(config.secret_key.unwrap().header_value(), "sb_secret_other");
}

#[test]
fn a_key_given_to_the_builder_is_kept_without_a_need() {
    let mut settings = Settings::default();
    settings.url(URL);
    settings.secret_key(SECRET);
    assert!(
        settings
            .check(&Needs::default())
            .unwrap()
            .secret_key
            .is_some()
    );

    settings.secret_key(PUBLISHABLE);
    let error = settings.check(&Needs::default()).unwrap_err();
    assert_mentions(
        &error.to_string(),
        &["the value given to `SupabaseBuilder::secret_key`"],
    );
    assert_eq!(error.problems()[0].variable(), None);
}

#[test]
fn the_plural_wins_with_its_default_or_first_key() {
    let single = ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_single");
    let legacy = ("SUPABASE_ANON_KEY", "sb_publishable_legacy");
    let plural = |json| [("SUPABASE_PUBLISHABLE_KEYS", json), single, legacy];
    let cases = [
        (
            r#"{"web":"sb_publishable_web","default":"sb_publishable_d"}"#,
            "sb_publishable_d",
        ),
        (
            r#"{"default":"sb_publishable_d","web":"sb_publishable_web"}"#,
            "sb_publishable_d",
        ),
        (
            r#"{"web":"sb_publishable_web","app":"sb_publishable_app"}"#,
            "sb_publishable_web",
        ),
        (r#"{}"#, "sb_publishable_single"),
        (r#"{"default":""}"#, "sb_publishable_single"),
        ("", "sb_publishable_single"),
    ];
    for (json, expected) in cases {
        assert_eq!(publishable_key(&plural(json)), expected, "{json}");
    }
    assert_eq!(publishable_key(&[legacy, single]), "sb_publishable_single");
    assert_eq!(publishable_key(&[legacy]), "sb_publishable_legacy");
}

#[test]
fn a_plural_that_is_no_object_of_keys_is_refused_without_quoting_it() {
    for json in [
        "sb_secret_abc",
        r#"["sb_secret_abc"]"#,
        r#"{"default":{"sb_secret_abc":1}}"#,
    ] {
        let variables = [
            ("SUPABASE_URL", URL),
            ("SUPABASE_SECRET_KEYS", json),
            ALL[2],
        ];
        let problem = problem(&variables, &needs(&[SERVICE]));
        assert_eq!(problem.variable(), Some("SUPABASE_SECRET_KEYS"));
        assert!(!problem.is_missing());
        let shown = format!("{problem} {problem:?}");
        assert!(!shown.contains("sb_secret_abc"), "{shown}");
    }
}

#[test]
fn the_other_name_of_the_url_is_taken_too() {
    let variables = [("SUPABASE_PROJECT_URL", URL), ALL[2]];
    assert_eq!(
        config(&variables, &needs(&[SERVICE]))
            .unwrap()
            .url
            .to_string(),
        URL
    );
}

#[test]
fn a_signing_key_wins_over_the_secret() {
    let jwk = EcNumbers::generate().jwk().to_string();
    let both = [ALL, &[("SUPABASE_JWT_SIGNING_KEY", jwk.as_str())]].concat();
    let signer = config(&both, &needs(&[USER])).unwrap().signer.unwrap();
    assert_mentions(&format!("{signer:?}"), &["ES256"]);

    let empty = [ALL, &[("SUPABASE_JWT_SIGNING_KEY", "")]].concat();
    let signer = config(&empty, &needs(&[USER])).unwrap().signer.unwrap();
    assert_mentions(&format!("{signer:?}"), &["HS256"]);
}

#[test]
fn everything_missing_is_reported_at_once_one_a_line() {
    let needs = needs(&[USER, (AuthKind::User, Some("list_todos")), SERVICE, ANON]);
    let error = config(&[], &needs).unwrap_err();
    let text = error.to_string();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 1 + 4, "{text}");
    assert_eq!(lines[0], "4 problems with the configuration:");
    assert!(error.problems().iter().all(ConfigProblem::is_missing));

    let users = "needed by the user tasks `add_todo`, `list_todos`";
    assert_mentions(
        lines[1],
        &["`SUPABASE_URL` is not set", "`SUPABASE_PROJECT_URL`", users],
    );
    assert_mentions(
        lines[1],
        &["Settings > Data API", "the service task `sweep_todos`"],
    );
    assert_mentions(
        lines[2],
        &[
            "`SUPABASE_PUBLISHABLE_KEY` is not set",
            "`SUPABASE_ANON_KEY`",
        ],
    );
    assert_mentions(
        lines[2],
        &[users, " and the anon task `ping`;", "Settings > API Keys"],
    );
    assert_mentions(
        lines[3],
        &["`SUPABASE_SECRET_KEY` is not set", "Row Level Security"],
    );
    assert_mentions(lines[3], &["needed by the service task `sweep_todos`;"]);
    assert_mentions(
        lines[4],
        &[
            "`SUPABASE_JWT_SIGNING_KEY` is not set",
            "`SUPABASE_JWT_SECRET`",
        ],
    );
    assert_mentions(lines[4], &["Settings > JWT Keys", users]);

    let variables: Vec<_> = error
        .problems()
        .iter()
        .filter_map(ConfigProblem::variable)
        .collect();
    let expected = [
        "SUPABASE_URL",
        "SUPABASE_PUBLISHABLE_KEY",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_JWT_SIGNING_KEY",
    ];
    assert_eq!(variables, expected);
}

#[test]
fn one_problem_is_one_line() {
    let problem = problem(&ALL[..2], &needs(&[SERVICE]));
    assert_eq!(
        problem.to_string(),
        "`SUPABASE_SECRET_KEY` is not set (nor is `SUPABASE_SECRET_KEYS`, nor \
         `SUPABASE_SERVICE_ROLE_KEY`); it must be a secret key (`sb_secret_…`, or the legacy \
         `service_role` key), which bypasses Row Level Security, needed by the service task \
         `sweep_todos`; the dashboard shows it under Settings > API Keys"
    );
    assert_eq!(
        ConfigError::from(problem.clone()).to_string(),
        problem.to_string()
    );
}

#[test]
fn an_empty_variable_is_named_as_empty() {
    let variables = [ALL[0], ("SUPABASE_SERVICE_ROLE_KEY", " ")];
    let problem = problem(&variables, &needs(&[SERVICE]));
    assert_eq!(problem.variable(), Some("SUPABASE_SERVICE_ROLE_KEY"));
    assert!(problem.is_missing());
    assert_mentions(
        &problem.to_string(),
        &["`SUPABASE_SERVICE_ROLE_KEY` is empty;"],
    );
}

#[test]
fn a_key_of_the_wrong_kind_names_both() {
    let secret = [ALL[0], ("SUPABASE_ANON_KEY", SECRET), ALL[3]];
    let refused = problem(&secret, &needs(&[USER])).to_string();
    assert_mentions(
        &refused,
        &["`SUPABASE_ANON_KEY` holds a secret key (`sb_secret_…`)"],
    );
    assert_mentions(
        &refused,
        &["it must be the publishable key (`sb_publishable_…`"],
    );

    let publishable = [ALL[0], ("SUPABASE_SECRET_KEY", PUBLISHABLE)];
    let refused = problem(&publishable, &needs(&[SERVICE])).to_string();
    assert_mentions(
        &refused,
        &["holds a publishable key", "it must be a secret key"],
    );
}

#[test]
fn an_api_key_is_no_jwt_secret() {
    let key = "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz";
    let variables = [ALL[0], ALL[1], ("SUPABASE_JWT_SECRET", key)];
    let problem = problem(&variables, &needs(&[USER])).to_string();
    assert_mentions(&problem, &["`SUPABASE_JWT_SECRET` holds an API key;"]);
    assert!(!problem.contains(key));
}

#[test]
fn an_api_key_is_no_url() {
    let problem = problem(&[("SUPABASE_URL", SECRET), ALL[2]], &needs(&[SERVICE])).to_string();
    assert_mentions(
        &problem,
        &["`SUPABASE_URL` holds an API key; it must be the project's"],
    );
}

#[test]
fn token_options_are_reported_with_the_rest() {
    let mut settings = Settings::default();
    settings.token.lifetime = std::time::Duration::ZERO;
    let error = settings.check(&Needs::default()).unwrap_err();
    assert_eq!(error.problems().len(), 2);
    assert_mentions(
        &error.to_string(),
        &["SUPABASE_URL", "token_lifetime", "every client"],
    );
}

#[test]
fn many_tasks_are_counted() {
    let tasks = ["a", "b", "c", "d", "e", "f", "g"];
    let needs: Needs = tasks
        .iter()
        .map(|&task| (AuthKind::Service, Some(task)))
        .collect();
    let problem = problem(&ALL[..1], &needs).to_string();
    assert_mentions(
        &problem,
        &["the service tasks `a`, `b`, `c`, `d`, `e` and 2 more;"],
    );
}

#[test]
fn a_mode_asked_for_by_the_program_is_no_task() {
    let problem = problem(&ALL[..1], &needs(&[(AuthKind::Service, None)])).to_string();
    assert_mentions(&problem, &["needed by service clients;"]);
}

#[test]
fn no_value_is_ever_shown() {
    let jwk = EcNumbers::generate().jwk();
    let jwk_text = jwk.to_string();
    let d = jwk["d"].as_str().unwrap();
    let secrets = [
        "hunter2hunter2",
        "sb_secret_abcdefgh",
        "sb_publishable_abcdefgh",
        d,
        "sbp_abcdefgh",
    ];
    let values = [
        "https://postgres:hunter2hunter2@abc.supabase.co",
        "sb_secret_abcdefgh",
        "sb_publishable_abcdefgh",
        "sb_secret_abcdefgh\u{7}",
        "sbp_abcdefgh",
        &jwk_text,
        &jwk_text[..jwk_text.len() - 2],
        d,
    ];
    let needs = needs(&[USER, SERVICE, ANON]);
    // Every value in every variable.
    for value in values {
        for name in [
            Setting::Url,
            Setting::PublishableKey,
            Setting::SecretKey,
            Setting::Signing,
        ]
        .iter()
        .flat_map(|setting| setting.variables())
        {
            let mut settings = Settings::default();
            read(&mut settings, &[(name, value)], &needs);
            let checked = settings.check(&needs);
            let mut shown = format!("{settings:?} {checked:?}");
            if let Err(error) = checked {
                shown.push_str(&error.to_string());
            }
            for secret in secrets {
                assert!(!shown.contains(secret), "{secret} in: {shown}");
            }
        }
    }
    // And all of them where they belong.
    let good = [
        ("SUPABASE_URL", URL),
        ("SUPABASE_PUBLISHABLE_KEY", "sb_publishable_abcdefgh"),
        ("SUPABASE_SECRET_KEY", "sb_secret_abcdefgh"),
        ("SUPABASE_JWT_SIGNING_KEY", &jwk_text),
    ];
    let shown = format!("{:?}", config(&good, &needs).unwrap());
    for secret in secrets {
        assert!(!shown.contains(secret), "{secret} in: {shown}");
    }
}
