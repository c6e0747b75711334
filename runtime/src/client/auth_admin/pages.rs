//! [`ListUsers`], [`UserPage`] and [`UserPages`]: all users, page by page.

use http::header::LINK;
use http::{HeaderMap, Method};
use serde::Deserialize;

use super::AuthUser;
use super::call::Call;
use crate::client::error::{ClientError, ClientErrorKind, Failure};
use crate::client::sent::sent_when_awaited;
use crate::client::transport::{Operation, Response, Transport};
use crate::debug::debug_fields;

/// A request for a page of users. From [`AuthAdmin::list_users`](super::AuthAdmin::list_users).
#[derive(Clone)]
#[must_use = "nothing is read until it is awaited"]
pub struct ListUsers {
    transport: Transport,
    page: Option<u32>,
    per_page: Option<u32>,
}

impl ListUsers {
    pub(super) fn new(transport: Transport) -> Self {
        Self {
            transport,
            page: None,
            per_page: None,
        }
    }

    /// Sets which page to read, counted from 1. The first by default.
    pub fn page(mut self, page: u32) -> Self {
        self.page = Some(page);
        self
    }

    /// Sets the maximum number of users in a page. 50 by default.
    pub fn per_page(mut self, users: u32) -> Self {
        self.per_page = Some(users);
        self
    }

    /// Reads this page and all pages after it, one at a time.
    ///
    /// ```
    /// # use supabase_task::client::{ClientError, ServiceClient};
    /// # async fn example(supabase: ServiceClient) -> Result<(), ClientError> {
    /// let mut pages = supabase.auth_admin().list_users().per_page(500).pages();
    /// while let Some(page) = pages.next_page().await? {
    ///     for user in page.users {
    ///         println!("{}", user.id);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn pages(self) -> UserPages {
        UserPages { next: Some(self) }
    }

    fn number(&self) -> u32 {
        self.page.unwrap_or(1).max(1)
    }

    fn call(&self) -> Call {
        let operation = Operation::new("list users");
        // As in supabase-js: without a value, Auth uses its default.
        let text = |number: Option<u32>| number.map_or_else(String::new, |n| n.to_string());
        Call::new(&self.transport, Method::GET, &["admin", "users"], operation)
            .query("page", &text(self.page))
            .query("per_page", &text(self.per_page))
    }

    async fn send(self) -> Result<UserPage, ClientError> {
        UserPage::read(self.call().send().await?)
    }
}

sent_when_awaited! {
    /// Reads one page.
    ListUsers => UserPage
}

debug_fields!(ListUsers: |this| {
    page: this.page,
    per_page: this.per_page,
});

/// A page of users, and how many users there are in all.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct UserPage {
    /// The users, the newest first.
    pub users: Vec<AuthUser>,
    /// How many users the project has in all, if the server reports it.
    pub total: Option<u64>,
    /// The number of the next page, if there is one.
    pub next_page: Option<u32>,
    /// The number of the last page, if the server reports it.
    pub last_page: Option<u32>,
}

impl UserPage {
    fn read(response: Response) -> Result<Self, ClientError> {
        #[derive(Deserialize)]
        struct Users {
            users: Vec<AuthUser>,
        }

        let headers = &response.raw.headers;
        let total = headers.get("x-total-count");
        let total = total.and_then(|total| total.to_str().ok()?.trim().parse().ok());
        let (next_page, last_page) = (page_of(headers, "next"), page_of(headers, "last"));
        let Users { users } = response.decode()?;
        Ok(Self {
            users,
            total,
            next_page,
            last_page,
        })
    }
}

/// All users of a project, with one page in memory at a time. From [`ListUsers::pages`].
///
/// Users that are created or deleted while you read can move others to a different page. To delete
/// users as you read them, read and delete the first page again and again, until it is empty.
#[derive(Debug)]
pub struct UserPages {
    next: Option<ListUsers>,
}

impl UserPages {
    /// Returns the next page, or `None` after the last. After an error, the same page is read again.
    ///
    /// # Errors
    ///
    /// As for any call. Also if the next page that the server names does not come after this one, because
    /// reading would then never end.
    pub async fn next_page(&mut self) -> Result<Option<UserPage>, ClientError> {
        let Some(list) = &self.next else {
            return Ok(None);
        };
        let response = list.call().send().await?;
        let has_links = response.raw.headers.contains_key(LINK);
        let (operation, identity) = (response.operation.clone(), response.identity);
        let page = UserPage::read(response)?;
        let number = list.number();
        let next = match page.next_page {
            Some(next) if next <= number => {
                let message = format!("the server lists page {next} after page {number}");
                let failure = Failure::new(ClientErrorKind::Decode, message);
                return Err(ClientError::new(operation, Some(identity), failure));
            }
            // A gateway that drops the header must not look like the end.
            None if !has_links && !page.users.is_empty() => number.checked_add(1),
            next => next,
        };
        self.next = next.map(|next| list.clone().page(next));
        Ok(Some(page))
    }
}

/// The page that `Link: </admin/users?page=3&per_page=50>; rel="next", <…>; rel="last"` names.
fn page_of(headers: &HeaderMap, relation: &str) -> Option<u32> {
    let values = headers.get_all(LINK).into_iter();
    let mut links = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split('<').skip(1))
        .filter_map(|link| link.split_once('>'));
    let (target, _) = links.find(|(_, parameters)| {
        let mut parameters = parameters.split([';', ',']).map(str::trim);
        parameters.any(|parameter| {
            let value = parameter.strip_prefix("rel=");
            value.is_some_and(|value| value.trim_matches('"') == relation)
        })
    })?;
    let (_, query) = target.split_once('?')?;
    let (_, page) = url::form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == "page")?;
    page.parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn pages(link: &'static str) -> (Option<u32>, Option<u32>) {
        let headers = HeaderMap::from_iter([(LINK, HeaderValue::from_static(link))]);
        (page_of(&headers, "next"), page_of(&headers, "last"))
    }

    #[test]
    fn pages_of_any_number_of_digits() {
        let link = "</admin/users?page=124&per_page=10>; rel=\"next\", \
                    </admin/users?page=1203&per_page=10>; rel=\"last\"";
        assert_eq!(pages(link), (Some(124), Some(1203)));
        let other =
            "<https://x.co/auth/v1/admin/users?per_page=2&page=10>; title=\"a, b\"; rel=last";
        assert_eq!(pages(other), (None, Some(10)));
        for wrong in ["", "page=2", "<>; rel=\"next\"", "<?page=x>; rel=\"next\""] {
            assert_eq!(pages(wrong), (None, None), "{wrong}");
        }
    }
}
