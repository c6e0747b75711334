//! Hooks: functions, given by name.

use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprPath, Lit};

use super::{Value, parse_expression};

/// `on_start` and the others: the path of an `async fn`. Its signature is checked where it is
/// called.
pub(crate) struct HookPath(pub(crate) ExprPath);

impl Value for HookPath {
    const EXAMPLE: &'static str = "notify";

    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let expression = parse_expression(input)?;
        let message = match &expression {
            Expr::Path(path) => return Ok(Self(path.clone())),
            Expr::Lit(ExprLit {
                lit: Lit::Str(name),
                ..
            }) if name.parse::<ExprPath>().is_ok() => {
                format!("a hook is named without quotes: write `{}`", name.value())
            }
            Expr::Closure(_) | Expr::Async(_) => {
                "a hook is an `async fn` of its own: write one beside the task, and its name here"
                    .to_owned()
            }
            Expr::Call(_) => "a hook is named, not called: leave out the parentheses".to_owned(),
            _ => "expected the name of an `async fn`, as in `on_failure = notify`".to_owned(),
        };
        Err(syn::Error::new_spanned(expression, message))
    }
}
