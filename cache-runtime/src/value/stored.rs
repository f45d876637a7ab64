//! Stored values: a value without its type, or the lack of one.

use std::any::Any;
use std::sync::Arc;

/// A value without its type.
pub type Erased = Arc<dyn Any + Send + Sync>;

/// A stored value: a value, or `None` because the function returned `None`.
pub type Stored = Option<Erased>;
