//! Whatever is logged on this thread, as text.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What was logged while a future ran, on every level.
pub(crate) async fn logged(work: impl Future<Output = ()>) -> String {
    let log = Log::default();
    let subscribed = tracing::subscriber::set_default(log.clone());
    work.await;
    drop(subscribed);
    std::mem::take(&mut *log.0.lock().unwrap_or_else(PoisonError::into_inner))
}

#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<String>>);

impl Log {
    fn write(&self, record: impl FnOnce(&mut Fields<'_>)) {
        record(&mut Fields(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner)));
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(|fields| span.record(fields));
        // Nobody asks which span it was.
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write(|fields| values.record(fields));
    }

    fn event(&self, event: &Event<'_>) {
        self.write(|fields| event.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        writeln!(self.0, "{field}={value:?}").expect("a text takes everything");
    }
}
