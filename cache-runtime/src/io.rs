//! The thread on which a store's connections live.
//!
//! Callers may run on any executor, or on none, as in a `Drop`; sockets and timers need one that outlives them all.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread;

use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

#[cfg(any(feature = "redis", test))]
use crate::contained::contained;
use crate::error::{Error, Result};

/// A handle on the thread. It ends when the last handle is dropped, wherever that happens.
#[derive(Clone)]
pub(crate) struct Io(Arc<Shared>);

struct Shared {
    handle: Handle,
    /// Its drop ends the thread. Nobody waits for the end: the last handle may be dropped on the thread itself.
    _running: oneshot::Sender<()>,
}

impl Io {
    /// Starts a thread with nothing to do.
    pub(crate) fn start() -> Result<Self> {
        let failed = |what: &str, error: std::io::Error| {
            Error::unavailable(format!("{what} of the remote tier cannot be started: {error}"))
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| failed("the runtime", error))?;
        let handle = runtime.handle().clone();
        let (running, ended) = oneshot::channel();
        thread::Builder::new()
            .name("cache-io".to_owned())
            .spawn(move || {
                // Only ever an error: nothing is sent.
                let _ = runtime.block_on(ended);
                // Not by drop, which would wait for a resolver that hangs.
                runtime.shutdown_background();
            })
            .map_err(|error| failed("the thread", error))?;
        Ok(Self(Arc::new(Shared { handle, _running: running })))
    }

    /// The runtime of the thread.
    pub(crate) fn handle(&self) -> Handle {
        self.0.handle.clone()
    }

    /// Runs a future on the thread.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        Task::Alone(self.0.handle.spawn(future))
    }

    /// The same, but inside of [`begin_together`] in one task with the others, so that what they send goes out together. A panic is
    /// that of one of them all the same.
    #[cfg(any(feature = "redis", test))]
    pub(crate) fn spawn_beside<T: Send + 'static>(
        &self,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Task<T> {
        if !beside::collects() {
            return self.spawn(future);
        }
        let (send, receive) = oneshot::channel();
        beside::collect(self.handle(), async move {
            let mut future = std::pin::pin!(future);
            let output = std::future::poll_fn(|context| {
                let poll = contained(|| future.as_mut().poll(context));
                poll.map_or(Poll::Ready(None), |poll| poll.map(Some))
            });
            if let Some(output) = output.await {
                // In vain if nobody awaits it.
                let _ = send.send(output);
            }
        });
        Task::Beside(receive)
    }

    /// Runs a future where it is awaited, with the timers of the thread. It ends with its caller.
    ///
    /// What many callers send at the same time goes out together. If each had a task on the thread, the connection would
    /// have its turn after every one of them, and write one request at a time.
    #[cfg(any(feature = "redis", test))]
    pub(crate) async fn here<T>(&self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        std::future::poll_fn(|context| {
            let _entered = self.0.handle.enter();
            future.as_mut().poll(context)
        })
        .await
    }
}

impl fmt::Debug for Io {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Io").finish_non_exhaustive()
    }
}

/// A future that runs on the thread, whoever awaits it and whether anybody does. Dropping it does not stop the future.
///
/// `None` if the future panicked, or the thread ended before it.
#[must_use = "the output is lost"]
pub(crate) enum Task<T> {
    /// In a task of its own.
    Alone(JoinHandle<T>),
    /// In one task with others.
    #[cfg(any(feature = "redis", test))]
    Beside(oneshot::Receiver<T>),
}

impl<T> Future for Task<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        match &mut *self {
            Self::Alone(handle) => Pin::new(handle).poll(context).map(Result::ok),
            #[cfg(any(feature = "redis", test))]
            Self::Beside(receiver) => Pin::new(receiver).poll(context).map(Result::ok),
        }
    }
}

/// Runs one poll of several requests, and begins in one task what they spawn beside each other.
pub(crate) fn begin_together<T>(poll: impl FnOnce() -> T) -> T {
    #[cfg(any(feature = "redis", test))]
    let _collecting = beside::Collecting::begin();
    poll()
}

/// Futures that are begun together.
#[cfg(any(feature = "redis", test))]
mod beside {
    use std::cell::RefCell;
    use std::pin::Pin;

    use futures_util::future::join_all;
    use tokio::runtime::Handle;

    type Begun = Vec<(Handle, Pin<Box<dyn Future<Output = ()> + Send>>)>;

    thread_local! {
        /// What was begun on this thread since the innermost poll that collects began.
        static BEGUN: RefCell<Option<Begun>> = const { RefCell::new(None) };
    }

    pub(super) fn collects() -> bool {
        BEGUN.try_with(|begun| begun.borrow().is_some()).unwrap_or(false)
    }

    pub(super) fn collect(handle: Handle, future: impl Future<Output = ()> + Send + 'static) {
        let future = Box::pin(future);
        // Dropped, and so answered as lost, on a thread that ends.
        let _ = BEGUN.try_with(|begun| {
            if let Some(begun) = &mut *begun.borrow_mut() {
                begun.push((handle, future));
            }
        });
    }

    /// A poll that collects, until it is dropped.
    pub(super) struct Collecting {
        around: Option<Begun>,
    }

    impl Collecting {
        pub(super) fn begin() -> Self {
            let around = BEGUN.try_with(|begun| begun.replace(Some(Vec::new())));
            Self { around: around.ok().flatten() }
        }
    }

    impl Drop for Collecting {
        fn drop(&mut self) {
            let around = self.around.take();
            let begun = BEGUN.try_with(|begun| begun.replace(around)).ok().flatten();
            let mut begun = begun.unwrap_or_default();
            while let Some((handle, first)) = begun.pop() {
                let (same, others): (Vec<_>, Vec<_>) =
                    begun.into_iter().partition(|(other, _)| other.id() == handle.id());
                begun = others;
                let all = same.into_iter().map(|(_, future)| future).chain([first]);
                drop(handle.spawn(join_all(all)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, poll_fn};
    use std::pin::pin;
    use std::sync::mpsc;
    use std::task::Wake;
    use std::time::Duration;

    use super::*;

    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    /// An executor that knows nothing of sockets and timers.
    fn block_on<F: Future>(future: F) -> F::Output {
        let waker = Arc::new(Unpark(thread::current())).into();
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    }

    /// Tells on the receiver when it is dropped, and on which thread.
    struct Tell(mpsc::Sender<Option<String>>);

    impl Drop for Tell {
        fn drop(&mut self) {
            let _ = self.0.send(thread::current().name().map(str::to_owned));
        }
    }

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn a_future_runs_on_the_thread_and_is_awaited_anywhere() {
        let io = Io::start().unwrap();
        let name = io.spawn(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            thread::current().name().map(str::to_owned)
        });
        assert_eq!(block_on(name), Some(Some("cache-io".to_owned())));
    }

    #[test]
    fn a_future_goes_on_when_nobody_awaits_it() {
        let io = Io::start().unwrap();
        let (sender, done) = mpsc::channel();
        drop(io.spawn(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            sender.send(()).unwrap();
        }));
        done.recv_timeout(SOON).unwrap();
    }

    #[test]
    fn a_future_runs_where_it_is_awaited_with_the_timers_of_the_thread() {
        let io = Io::start().unwrap();
        let here = io.here(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            thread::current().id()
        });
        assert_eq!(block_on(here), thread::current().id());
        let runtime = Builder::new_current_thread().build().unwrap();
        let late = io
            .here(async { tokio::time::timeout(Duration::from_millis(1), pending::<()>()).await });
        assert!(runtime.block_on(late).is_err());
    }

    #[test]
    fn a_panic_ends_its_future_alone() {
        let io = Io::start().unwrap();
        assert_eq!(block_on(io.spawn(async { panic!("on purpose") })), None::<()>);
        assert_eq!(block_on(io.spawn(async { 1 })), Some(1));
    }

    #[test]
    fn the_thread_ends_with_the_last_handle_and_drops_what_it_ran() {
        let io = Io::start().unwrap();
        let (sender, dropped) = mpsc::channel();
        let tell = Tell(sender);
        let task = io.spawn(async move {
            let _tell = tell;
            pending::<()>().await;
        });
        drop(io.clone());
        assert!(dropped.recv_timeout(Duration::from_millis(20)).is_err());
        drop(io);
        assert_eq!(dropped.recv_timeout(SOON).unwrap().as_deref(), Some("cache-io"));
        assert_eq!(block_on(task), None);
    }

    #[test]
    fn the_last_handle_may_be_dropped_on_the_thread_itself() {
        let io = Io::start().unwrap();
        let (sender, dropped) = mpsc::channel();
        let (other, tell) = (io.clone(), Tell(sender));
        let running = io.spawn(async move {
            let _tell = tell;
            pending::<()>().await;
        });
        let last = io.spawn(async move {
            tokio::time::sleep(Duration::from_millis(5)).await;
            drop(other);
        });
        drop(io);
        dropped.recv_timeout(SOON).unwrap();
        assert_eq!(block_on(running), None);
        let _ = block_on(last);
    }

    #[test]
    fn what_is_begun_together_is_polled_in_one_task_and_a_panic_ends_one_of_them() {
        let io = Io::start().unwrap();
        let id = || async { tokio::task::try_id() };
        let (one, two, panics) = begin_together(|| {
            (
                io.spawn_beside(id()),
                io.spawn_beside(id()),
                io.spawn_beside(async { panic!("on purpose") }),
            )
        });
        let (one, two) = (block_on(one).flatten(), block_on(two).flatten());
        assert!(one.is_some() && one == two);
        assert_eq!(block_on(panics), None::<()>);
        let (three, four) = (io.spawn_beside(id()), io.spawn_beside(id()));
        assert_ne!(block_on(three), block_on(four), "each has a task of its own");
    }

    #[test]
    fn a_task_is_awaited_inside_of_another_runtime() {
        let io = Io::start().unwrap();
        let runtime = Builder::new_current_thread().build().unwrap();
        let task = io.spawn(poll_fn(|_| Poll::Ready(7)));
        assert_eq!(runtime.block_on(task), Some(7));
    }
}
