//! How the task is run, as items of its impl. Options that are not given keep the trait's defaults.

use std::time::Duration;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::generated_at;
use crate::model::{Hook, HookKind, OverPayload, Running, Schedule};
use crate::values::{Queue, Retry};

pub(super) fn expand(running: &Running<'_>, payload: &Type) -> TokenStream {
    let options = options(running);
    let key = running.concurrency_key.as_ref();
    let key = key.map(|key| concurrency_key(key, payload));
    let scheduled = running.schedule.as_ref().map(|_| scheduled(payload));
    let hooks = hooks(&running.hooks);
    quote!(#options #key #scheduled #hooks)
}

fn options(running: &Running<'_>) -> Option<TokenStream> {
    let parts = [
        running.retry.map(retry),
        running
            .max_duration
            .map(|limit| call("max_duration", duration(limit))),
        running.queue.map(queue),
        running.schedule.as_ref().map(schedule),
        running.ttl.map(|ttl| call("ttl", duration(ttl))),
        running.priority.map(|seconds| {
            let seconds = Literal::u32_unsuffixed(seconds);
            call("priority", quote!(#seconds))
        }),
    ];
    if parts.iter().all(Option::is_none) {
        return None;
    }
    let parts = parts.into_iter().flatten();
    Some(quote! {
        const OPTIONS: __p::TaskOptions = __p::TaskOptions::new() #(#parts)*;
    })
}

/// `.name(argument)`
fn call(name: &str, argument: TokenStream) -> TokenStream {
    let name = Ident::new(name, Span::call_site());
    quote!(.#name(#argument))
}

fn retry(retry: &Retry) -> TokenStream {
    let Retry::Policy {
        max_attempts,
        factor,
        min,
        max,
        jitter,
    } = retry
    else {
        return quote!(.retry(__p::RetryPolicy::none()));
    };
    let parts = [
        max_attempts.map(|attempts| {
            let attempts = Literal::u32_unsuffixed(attempts);
            call("max_attempts", quote!(#attempts))
        }),
        factor.map(|factor| {
            let factor = Literal::f64_unsuffixed(factor);
            call("factor", quote!(#factor))
        }),
        min.map(|min| call("min", duration(min))),
        max.map(|max| call("max", duration(max))),
        jitter.map(|jitter| call("jitter", quote!(#jitter))),
    ];
    let parts = parts.into_iter().flatten();
    quote!(.retry(__p::RetryPolicy::new() #(#parts)*))
}

fn queue(queue: &Queue) -> TokenStream {
    let name = match &queue.name {
        Some(name) => quote!(#name),
        None => quote!(<Self as __p::Task>::ID),
    };
    let limit = queue.concurrency_limit.map(|limit| {
        let limit = Literal::u32_unsuffixed(limit);
        call("concurrency_limit", quote!(#limit))
    });
    quote!(.queue(__p::QueueOptions::named(#name) #limit))
}

fn schedule(schedule: &Schedule<'_>) -> TokenStream {
    let line = schedule.line;
    let timezone = schedule
        .timezone
        .map(|name| call("timezone", quote!(#name)));
    quote!(.schedule(__p::ScheduleOptions::cron(#line) #timezone))
}

fn duration(duration: Duration) -> TokenStream {
    if duration.subsec_millis() == 0 {
        let seconds = Literal::u64_unsuffixed(duration.as_secs());
        return quote!(__p::Duration::from_secs(#seconds));
    }
    // A duration in an attribute is at most a year.
    let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let milliseconds = Literal::u64_unsuffixed(milliseconds);
    quote!(__p::Duration::from_millis(#milliseconds))
}

fn concurrency_key(key: &OverPayload<'_>, payload: &Type) -> TokenStream {
    let OverPayload {
        payload: name,
        expression,
    } = key;
    let key = Ident::new("key", expression.span());
    quote! {
        #[allow(unused_parens, unused_variables)]
        fn concurrency_key(#name: &#payload) -> __p::Option<__p::String> {
            let #key = &(#expression);
            __p::Option::Some(__p::ConcurrencyKey::to_key(#key))
        }
    }
}

/// A payload that no schedule can create is reported at its type.
fn scheduled(payload: &Type) -> TokenStream {
    quote_spanned! {generated_at(payload.span())=>
        fn scheduled(tick: __p::Tick) -> __p::Option<#payload> {
            __p::Option::Some(<#payload as __p::ScheduledPayload>::from_tick(tick))
        }
    }
}

fn hooks(hooks: &[Hook<'_>]) -> Option<TokenStream> {
    if hooks.is_empty() {
        return None;
    }
    let name = Ident::new("hooks", Span::mixed_site());
    let hooks = hooks.iter().map(|given| hook(given, &name));
    Some(quote! {
        fn hooks() -> __p::Hooks<Self> {
            let #name = __p::Hooks::new();
            #(#hooks)*
            #name
        }
    })
}

/// Calls the hook as the user would, so that rustc says what is wrong with its signature. All spans
/// are at the path, where the mistake is.
fn hook(hook: &Hook<'_>, hooks: &Ident) -> TokenStream {
    let path = hook.path;
    let place = generated_at(path.span());
    let (hooks, method) = (
        Ident::new(&hooks.to_string(), place),
        Ident::new(hook.kind.option(), place),
    );
    let wrap = match hook.kind {
        HookKind::CatchError => quote_spanned!(place=> __p::catch_error),
        _ => quote_spanned!(place=> __p::hook),
    };
    let arguments: Vec<Ident> = hook
        .kind
        .arguments()
        .iter()
        .map(|argument| Ident::new(argument, place))
        .collect();
    quote_spanned! {place=>
        let #hooks = #hooks.#method(|#(#arguments),*| #wrap(#path(#(#arguments),*)));
    }
}

impl HookKind {
    /// The name of the option and of the method of `Hooks`.
    fn option(self) -> &'static str {
        match self {
            Self::Start => "on_start",
            Self::Success => "on_success",
            Self::Failure => "on_failure",
            Self::Complete => "on_complete",
            Self::CatchError => "catch_error",
        }
    }

    /// The names of its arguments.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Start => &["hook"],
            Self::Success => &["hook", "output"],
            Self::Failure | Self::CatchError => &["hook", "error"],
            Self::Complete => &["hook", "result"],
        }
    }
}
