//! What a store keeps of a value: the value without its type, or the lack of one.

use std::any::Any;
use std::sync::Arc;

/// A value without its type.
pub type Erased = Arc<dyn Any + Send + Sync>;

/// What a store keeps: a value, or `None` because the function returned `None`.
pub type Stored = Option<Erased>;
