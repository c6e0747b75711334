//! What a worker asks of its engine is seen in spans, with the number of runs.

use std::fmt;
use std::sync::{Arc, Mutex};

use supabase_task::Task;
use tracing::callsite::rebuild_interest_cache;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::set_default;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use crate::support::Engine;
use crate::tasks::echo;

/// The runs that spans counted, by the span's name.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<Vec<(&'static str, u64)>>>);

impl Counts {
    fn of(&self, name: &str) -> u64 {
        let counts = self.0.lock().unwrap();
        let named = counts.iter().filter(|(span, _)| *span == name);
        named.map(|(_, runs)| runs).sum()
    }
}

struct Runs<'a>(&'a Counts, &'static str);

impl Visit for Runs<'_> {
    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "runs" {
            self.0.0.lock().unwrap().push((self.1, value));
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Counts {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        attributes.record(&mut Runs(self, attributes.metadata().name()));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let name = context.metadata(id).map_or("", |metadata| metadata.name());
        values.record(&mut Runs(self, name));
    }
}

async fn each_call_is_counted(engine: Engine) {
    let counts = Counts::default();
    let _here = set_default(tracing_subscriber::registry().with(counts.clone()));
    let worker = engine.start();
    // Another test's thread may be registering the spans at this moment, for nobody. After they were used, that is
    // over, and they are asked for again.
    echo::trigger(&engine.queue, 0)
        .await
        .unwrap()
        .wait()
        .await
        .unwrap();
    rebuild_interest_cache();
    counts.0.lock().unwrap().clear();
    let handles = echo::trigger_batch(&engine.queue, 0..3).await.unwrap();
    for handle in handles {
        handle.wait().await.unwrap();
    }
    worker.shutdown().await.unwrap();
    assert_eq!(counts.of("enqueue"), 3);
    // A ticket may be given back and claimed again, and an outcome may be written twice.
    for name in ["claim", "complete"] {
        assert!(counts.of(name) >= 3, "{name}: {}", counts.of(name));
    }
}

// On one thread, which the subscriber is set for.
#[tokio::test]
async fn in_process() {
    each_call_is_counted(Engine::in_process()).await;
}

#[cfg(feature = "external")]
#[tokio::test]
async fn postgres() {
    each_call_is_counted(Engine::postgres().await).await;
}
