//! A transaction: writes whose effect is seen by others only when all of them are committed.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::end::End;
use super::open::{Unfinished, is_open};
use crate::tiers::remote::Budget;

/// Runs a future whose writes are committed at its end, as one.
///
/// Whatever is said inside takes effect when the scope ends: functions with `#[invalidates]`, functions that write
/// through, `invalidate!`, and the methods of a [`Cache`](crate::Cache): `invalidate`, `invalidate_tag`,
/// `invalidate_pattern`, `mark_stale`, `put`, `put_for`, `clear`. Their entries are guarded from then on until the end, so
/// that no read between a write and the commit is stored; what is read under their tags is stored by others, and ends with
/// the scope. These methods return `Ok`: whether the remote tier has acknowledged it is not known yet.
///
/// `Ok` means that the transaction is committed: let the commit be the last thing inside. After an `Err`, and if the future
/// is dropped or panics, everything is invalidated, as after a function that ended so: also what is put or marked as
/// stale, and tags, patterns and `clear` once more after the guards' time, because the statement may still be running.
///
/// Inside, cached functions answer from the cache except for what the scope has touched, by its key, a tag, a group, a
/// pattern, or all at once; and they store nothing, because they may see rows that are not committed. Tasks that the future
/// spawns are outside of it. A scope inside of another is part of that one.
///
/// Outside of it, a function that is given somebody else's open transaction ends before the commit: in debug builds and with
/// the feature `testing` it is [warned of](macro@crate::invalidates#a-transaction-of-the-callers).
///
/// The guards' deadline (`guard = "30s"` of `#[invalidates]`) must exceed the time that the transaction takes.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let _cache = cache_runtime::testing::isolate();
/// use cache_runtime::{cached, invalidates, transaction};
///
/// #[cached(key = "user:<id>", ttl = "1h")]
/// async fn get_user(id: u64) -> Option<String> {
///     Some(format!("user {id}"))
/// }
///
/// #[invalidates(get_user(id))]
/// async fn rename_user(id: u64) -> Result<(), std::io::Error> {
///     Ok(())
/// }
///
/// transaction(async {
///     rename_user(1).await?;
///     rename_user(2).await
///     // with a database: `tx.commit().await`
/// })
/// .await?;
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
///
/// Where the block uses `?` and ends in `Ok(())`, nothing tells which error it returns ("type annotations needed"): the last
/// statement's own `Result` does, and so does `Ok::<_, sqlx::Error>(())`, or `anyhow::Ok(())`.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// # let _cache = cache_runtime::testing::isolate();
/// # use std::io;
/// # use cache_runtime::transaction;
/// # async fn rename_user(_: u64) -> io::Result<()> { Ok(()) }
/// transaction(async {
///     rename_user(1).await?;
///     rename_user(2).await?;
///     Ok::<_, io::Error>(())
/// })
/// .await?;
/// # Ok::<(), io::Error>(())
/// # }).unwrap();
/// ```
///
/// At its end it waits for the remote tier to acknowledge all that, within one budget. Dropping the future then cuts nothing
/// off: it goes on, and is sent again until it is acknowledged.
///
/// # Errors
/// What the future returns.
#[doc(alias("commit", "unit of work"))]
pub fn transaction<F, T>(future: F) -> Transacted<F, T>
where
    F: Inside<T>,
    T: SaysIfCommitted,
{
    // Boxed, because it would be in the caller's future twice: as it is given, and as it is polled.
    let step = Step::Given(Box::pin(future));
    Transacted { step, poll: F::poll_inside, is_committed: T::is_committed }
}

/// What runs inside of a [`transaction`]: a future. By a name of its own, to say what to write in the place of a handle.
#[diagnostic::on_unimplemented(
    message = "`transaction` takes an `async` block that ends with the commit, and this is `{Self}`",
    label = "not an `async` block",
    note = "put all of it inside, from the first statement to the commit: `transaction(async {{ …; \
            tx.commit().await }}).await`"
)]
#[doc(hidden)]
pub trait Inside<T> {
    /// Polls it.
    fn poll_inside(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T>;
}

#[diagnostic::do_not_recommend]
impl<F: Future> Inside<F::Output> for F {
    fn poll_inside(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.poll(context)
    }
}

/// How a [`transaction`] ends: `Ok` if it is committed.
#[diagnostic::on_unimplemented(
    message = "the block of `transaction` has to end in a `Result`, and ends in `{Self}`",
    label = "ends in `{Self}`",
    note = "`Ok` says that the transaction is committed: end the block with `tx.commit().await`, or with `Ok(())`"
)]
#[doc(hidden)]
pub trait SaysIfCommitted {
    /// Whether it is.
    fn is_committed(&self) -> bool;
}

#[diagnostic::do_not_recommend]
impl<T, E> SaysIfCommitted for Result<T, E> {
    fn is_committed(&self) -> bool {
        self.is_ok()
    }
}

/// The future of a [`transaction`], which returns what the one inside of it returns.
///
/// A type with a name that asks for nothing: what is demanded of the block and of its end would be said once more of an
/// `impl Future`, at its `.await` and wherever it is handed on.
#[must_use = "nothing is done before it is awaited"]
pub struct Transacted<F, T> {
    step: Step<F, T>,
    poll: Polled<F, T>,
    is_committed: fn(&T) -> bool,
}

type Polled<F, T> = fn(Pin<&mut F>, &mut Context<'_>) -> Poll<T>;

enum Step<F, T> {
    Given(Pin<Box<F>>),
    /// Part of another transaction, which ends its writes.
    Part(Pin<Box<F>>),
    Open(Unfinished, Pin<Box<F>>),
    /// What it returns, and what is still waited for.
    Ending(T, Pin<Box<dyn Future<Output = crate::error::Result<()>> + Send>>),
    Ended,
}

// Nothing in it is pinned that is not boxed.
impl<F, T> Unpin for Transacted<F, T> {}

impl<F, T> Future for Transacted<F, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let poll = self.poll;
        loop {
            self.step = match std::mem::replace(&mut self.step, Step::Ended) {
                Step::Given(future) if is_open() => Step::Part(future),
                Step::Given(future) => Step::Open(Unfinished::default(), future),
                Step::Part(mut future) => {
                    let polled = poll(future.as_mut(), context);
                    if polled.is_pending() {
                        self.step = Step::Part(future);
                    }
                    return polled;
                }
                Step::Open(unfinished, mut future) => {
                    let Poll::Ready(output) = unfinished.inside(|| poll(future.as_mut(), context))
                    else {
                        self.step = Step::Open(unfinished, future);
                        return Poll::Pending;
                    };
                    let end = if (self.is_committed)(&output) { End::Written } else { End::Failed };
                    let changes = unfinished.finish(end);
                    // What the remote tier did not acknowledge is sent again until it does.
                    Step::Ending(output, Box::pin(changes.acknowledged(Budget::new())))
                }
                Step::Ending(output, mut ending) => {
                    if ending.as_mut().poll(context).is_ready() {
                        return Poll::Ready(output);
                    }
                    self.step = Step::Ending(output, ending);
                    return Poll::Pending;
                }
                Step::Ended => return Poll::Pending,
            };
        }
    }
}
