//! Reads and checks the settings of a project.

use secrecy::{ExposeSecret, SecretString};

#[cfg(feature = "sql")]
use super::DatabaseUrl;
use super::api_key::{ApiKey, KeyKind, KeyUse};
use super::key_set::KeySet;
use super::problem::Fault;
use super::setting::{JWT_SECRET, Setting, Source};
use super::{ConfigError, ConfigProblem, Needs, ProjectUrl};
use crate::token::{Signer, StandingClaims, TokenOptions};

/// The settings of a project from the builder or the environment, not checked yet.
///
/// The builder's values win: [`read`](Self::read) looks only for values that are still missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    url: Option<Given>,
    publishable_key: Option<Given>,
    secret_key: Option<Given>,
    jwt_signing_key: Option<Given>,
    jwt_secret: Option<Given>,
    #[cfg(feature = "sql")]
    database_url: Option<Given>,
    /// The lifetime and the claims of users' tokens.
    pub(crate) token: TokenOptions,
}

/// The checked configuration of a project.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) url: ProjectUrl,
    /// Present if a user or anon client is needed, or if it was given to the builder.
    pub(crate) publishable_key: Option<ApiKey>,
    /// Present if a service client is needed, or if it was given to the builder.
    pub(crate) secret_key: Option<ApiKey>,
    /// Present if a user client is needed, or if a key was given to the builder.
    pub(crate) signer: Option<Signer>,
    pub(crate) claims: StandingClaims,
    /// Present if a task takes a database, or if it was given to the builder.
    #[cfg(feature = "sql")]
    pub(crate) database: Option<DatabaseUrl>,
}

/// A value that is possibly secret, and where it came from.
#[derive(Clone, Debug)]
struct Given {
    source: Source,
    value: Result<SecretString, Fault>,
}

impl Settings {
    /// An environment variable of the process.
    pub(crate) fn environment(name: &str) -> Option<String> {
        // Invalid UTF-8 becomes a replacement character, which no URL, key or secret may contain.
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    pub(crate) fn url(&mut self, url: impl Into<SecretString>) {
        self.url = Some(Given::to_builder("url", url.into()));
    }

    pub(crate) fn publishable_key(&mut self, key: impl Into<SecretString>) {
        self.publishable_key = Some(Given::to_builder("publishable_key", key.into()));
    }

    pub(crate) fn secret_key(&mut self, key: impl Into<SecretString>) {
        self.secret_key = Some(Given::to_builder("secret_key", key.into()));
    }

    pub(crate) fn jwt_secret(&mut self, secret: impl Into<SecretString>) {
        self.jwt_secret = Some(Given::to_builder("jwt_secret", secret.into()));
    }

    /// A private JWK. Wins over a JWT secret.
    pub(crate) fn jwt_signing_key(&mut self, jwk: impl Into<SecretString>) {
        self.jwt_signing_key = Some(Given::to_builder("jwt_signing_key", jwk.into()));
    }

    #[cfg(feature = "sql")]
    pub(crate) fn database_url(&mut self, url: impl Into<SecretString>) {
        self.database_url = Some(Given::to_builder("database_url", url.into()));
    }

    /// Fills in missing values from `variables`, reading only those that `needs` requires: a process
    /// without a service task never has the secret key in its memory.
    pub(crate) fn read(&mut self, variables: &dyn Fn(&str) -> Option<String>, needs: &Needs) {
        let read = |setting: Setting| Given::first_of(setting.variables(), variables);
        let read_missing = |given: &mut Option<Given>, setting| {
            if given.is_none() && needs.need(setting) {
                *given = read(setting);
            }
        };

        read_missing(&mut self.url, Setting::Url);
        read_missing(&mut self.publishable_key, Setting::PublishableKey);
        read_missing(&mut self.secret_key, Setting::SecretKey);
        #[cfg(feature = "sql")]
        read_missing(&mut self.database_url, Setting::Database);
        let is_unsigned = self.jwt_signing_key.is_none() && self.jwt_secret.is_none();
        if is_unsigned && needs.need(Setting::Signing) {
            match read(Setting::Signing) {
                Some(given) if given.source == Source::Variable(JWT_SECRET) => {
                    self.jwt_secret = Some(given);
                }
                given => self.jwt_signing_key = given,
            }
        }
    }

    /// The variables that values were read from.
    #[cfg(feature = "cli")]
    pub(crate) fn variables_read(&self) -> Vec<&'static str> {
        [
            &self.url,
            &self.publishable_key,
            &self.secret_key,
            &self.jwt_signing_key,
            &self.jwt_secret,
            #[cfg(feature = "sql")]
            &self.database_url,
        ]
        .into_iter()
        .flatten()
        .filter_map(|given| match given.source {
            Source::Variable(name) => Some(name),
            Source::Builder(_) => None,
        })
        .collect()
    }

    /// Returns the checked configuration, or all its problems.
    pub(crate) fn check(&self, needs: &Needs) -> Result<Config, ConfigError> {
        let mut check = Check {
            needs,
            problems: Vec::new(),
        };
        let url = check.setting(Setting::Url, &self.url, |url| {
            refuse_api_key(url)?;
            Ok(ProjectUrl::parse(url.expose_secret())?)
        });
        let publishable_key =
            check.setting(Setting::PublishableKey, &self.publishable_key, |key| {
                Ok(ApiKey::parse(key.expose_secret(), KeyUse::Publishable)?)
            });
        let secret_key = check.setting(Setting::SecretKey, &self.secret_key, |key| {
            Ok(ApiKey::parse(key.expose_secret(), KeyUse::Secret)?)
        });
        let signer = match &self.jwt_signing_key {
            Some(_) => check.setting(Setting::Signing, &self.jwt_signing_key, |jwk| {
                Ok(Signer::from_jwk(jwk)?)
            }),
            None => check.setting(Setting::Signing, &self.jwt_secret, signer_of_secret),
        };
        #[cfg(feature = "sql")]
        let database = check.setting(Setting::Database, &self.database_url, |url| {
            DatabaseUrl::parse(url.expose_secret()).map_err(Fault::Database)
        });
        let claims = self.token.check().map_err(|problems| {
            let problems = problems.into_iter().map(Into::into);
            check.problems.extend(problems);
        });

        match (url, claims) {
            (Some(url), Ok(claims)) if check.problems.is_empty() => Ok(Config {
                url,
                publishable_key,
                secret_key,
                signer,
                claims,
                #[cfg(feature = "sql")]
                database,
            }),
            _ => Err(ConfigError::new(check.problems)),
        }
    }
}

/// Collects the problems.
struct Check<'a> {
    needs: &'a Needs,
    problems: Vec<ConfigProblem>,
}

impl Check<'_> {
    /// Parses a value. Returns `None` if that fails or the value is missing, and records the
    /// problem; a missing value that is not needed is no problem.
    fn setting<T>(
        &mut self,
        setting: Setting,
        given: &Option<Given>,
        parse: impl FnOnce(&SecretString) -> Result<T, Fault>,
    ) -> Option<T> {
        let (source, parsed) = match given {
            Some(Given { source, value }) => {
                let value = value.as_ref().map_err(Fault::clone);
                (Some(*source), value.and_then(parse))
            }
            None if self.needs.need(setting) => (None, Err(Fault::Missing)),
            None => return None,
        };
        let problem = |fault| ConfigProblem::setting(setting, source, fault, self.needs);
        parsed
            .map_err(|fault| self.problems.push(problem(fault)))
            .ok()
    }
}

impl Given {
    fn to_builder(method: &'static str, value: SecretString) -> Self {
        Self {
            source: Source::Builder(method),
            value: not_empty(value),
        }
    }

    fn in_variable(name: &'static str, text: String) -> Self {
        let text = SecretString::from(text);
        let value = not_empty(text).and_then(|text| {
            let is_key_set = name.ends_with("_KEYS");
            if is_key_set {
                key_of_set(&text)
            } else {
                Ok(text)
            }
        });
        Self {
            source: Source::Variable(name),
            value,
        }
    }

    /// The first variable that is not empty, or else the first empty one.
    fn first_of(
        names: &[&'static str],
        variables: &dyn Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let mut empty = None;
        for name in names {
            let Some(text) = variables(name) else {
                continue;
            };
            let given = Self::in_variable(name, text);
            if !matches!(given.value, Err(Fault::Empty)) {
                return Some(given);
            }
            empty = empty.or(Some(given));
        }
        empty
    }
}

fn not_empty(text: SecretString) -> Result<SecretString, Fault> {
    if text.expose_secret().trim().is_empty() {
        Err(Fault::Empty)
    } else {
        Ok(text)
    }
}

fn key_of_set(json: &SecretString) -> Result<SecretString, Fault> {
    // The error's text may quote a key.
    let set: KeySet = serde_json::from_str(json.expose_secret()).map_err(|_| Fault::NotAKeySet)?;
    set.chosen.ok_or(Fault::Empty).and_then(not_empty)
}

fn signer_of_secret(secret: &SecretString) -> Result<Signer, Fault> {
    // The legacy keys stand next to the JWT secret in the dashboard, and are longer than it.
    refuse_api_key(secret)?;
    Ok(Signer::from_secret(secret)?)
}

fn refuse_api_key(text: &SecretString) -> Result<(), Fault> {
    let is_api_key = KeyKind::of(text.expose_secret().trim()).is_ok();
    if is_api_key {
        Err(Fault::ApiKey)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
