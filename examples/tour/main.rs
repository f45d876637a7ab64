//! `cargo run --example tour`: what the annotations do, in eleven short scenes.
//!
//! With `CACHE_URL=redis://127.0.0.1:6379` the same on a server.

mod page;

use std::error::Error;
use std::time::{Duration, Instant};

use cache_runtime::{Cache, CacheBuilder, bypass, entry, traced};
use examples::database::Database;
use examples::posts::Posts;
use examples::reports::Reports;
use examples::users::Users;
use page::{Page, answer, call, tell, time};
use tokio::task::JoinSet;
use tokio::time::sleep;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // On a server the tour keeps to a corner of its own, which may hold entries about an earlier run's database.
    let builder = CacheBuilder::from_env().namespace("tour");
    let cache = builder.max_entries(10_000).build().await?;
    // Fails if there is a server that is away. Then nothing of it is served.
    let _ = cache.clear().await;
    cache.install()?;

    let database = Database::fresh().await?;
    let users = Users::new(database.pool());
    let posts = Posts::new(database.pool());
    let reports = Reports::new(database.pool());

    let mut page = Page::open(&cache);
    miss_then_hit(&mut page, &users).await?;
    negative_hit(&mut page, &users).await?;
    invalidation_by_key(&mut page, &users).await?;
    invalidation_by_tag(&mut page, &posts).await?;
    invalidation_by_closure(&mut page, &users).await?;
    stampede(&mut page, &reports).await?;
    overtaken_load(&mut page, &users, &reports).await?;
    cancelled_leader(&mut page, &reports).await?;
    batch(&mut page, &users).await?;
    stale_while_revalidate(&mut page, &cache, &posts).await?;
    stale_if_error(&mut page, &cache, &database, &reports).await?;
    page.close();

    // A write that the server was not told of would be seen by the next run; but that one clears.
    let _ = cache.shutdown(Duration::from_secs(1)).await;
    database.close().await;
    Ok(())
}

async fn miss_then_hit(page: &mut Page, users: &Users) -> sqlx::Result<()> {
    page.scene(
        "A miss, then a hit",
        r#"#[cached(key = "user:<id>", ttl = "1h", none_ttl = "30s", tags = ["user"])]
           async fn get(&self, id: i64) -> sqlx::Result<Option<User>>"#,
        "The first call runs the query and keeps the answer for an hour. The second \
         finds it in the cache and never reaches the database.",
    );
    call("get(7)", users.get(7)).await?;
    call("get(7)", users.get(7)).await?;
    Ok(())
}

async fn negative_hit(page: &mut Page, users: &Users) -> sqlx::Result<()> {
    page.scene(
        "Nothing there, and remembered",
        "",
        "To find nobody is a query as well, and crawlers send no other. So `None` is \
         kept too, but only for the 30 seconds of `none_ttl`. An error never is.",
    );
    call("get(4242)", users.get(4242)).await?;
    call("get(4242)", users.get(4242)).await?;
    Ok(())
}

async fn invalidation_by_key(page: &mut Page, users: &Users) -> sqlx::Result<()> {
    page.scene(
        "A write names the read that it changes",
        r#"#[invalidates(self.get(id), tags = ["author:<id>"])]
           async fn rename(&self, id: i64, name: &str) -> sqlx::Result<Option<User>>"#,
        "`self.get(id)` is no text: the compiler checks that this method exists, is \
         cached, and takes such an argument. The entry is gone when `rename` returns, \
         whether it wrote, failed, panicked or was cancelled. User 8 stays cached.",
    );
    call("get(8)", users.get(8)).await?;
    call("rename(7, \"Ada King\")", users.rename(7, "Ada King")).await?;
    call("get(7)", users.get(7)).await?;
    call("get(8)", users.get(8)).await?;
    Ok(())
}

async fn invalidation_by_tag(page: &mut Page, posts: &Posts) -> sqlx::Result<()> {
    page.scene(
        "One tag for all the pages of a list",
        r#"#[cached(key = "posts:<user_id>:<page>", ttl = "10m", tags = ["posts:<user_id>"])]
           async fn list(&self, user_id: i64, page: u32) -> sqlx::Result<Arc<Vec<Post>>>
           #[invalidates(tags = ["posts:<user_id>"])]
           async fn create(&self, user_id: i64, title: &str) -> sqlx::Result<Post>"#,
        "A new post moves every page of its author. The tag reaches all of them in one \
         step, however many there are; the pages of user 8 are not touched.",
    );
    for (user, number) in [(7, 1), (7, 2), (8, 1)] {
        call(&format!("list({user}, {number})"), posts.list(user, number)).await?;
    }
    call("create(7, \"On engines\")", posts.create(7, "On engines")).await?;
    for (user, number) in [(7, 1), (7, 2), (8, 1)] {
        call(&format!("list({user}, {number})"), posts.list(user, number)).await?;
    }
    Ok(())
}

async fn invalidation_by_closure(page: &mut Page, users: &Users) -> sqlx::Result<()> {
    page.scene(
        "When only the result knows the key",
        r"#[invalidates(|user| self.get(user.id))]
           async fn create(&self, name: &str, email: &str) -> sqlx::Result<User>",
        "Someone asked for user 1001 too early, and the cache remembers that there was \
         none. The id of a new user is known when the row is written: the closure is \
         given the result and names the entry to remove.",
    );
    call("get(1001)", users.get(1001)).await?;
    call("create(\"Mary Shaw\", …)", users.create("Mary Shaw", "mary@example.org")).await?;
    call("get(1001)", users.get(1001)).await?;
    Ok(())
}

async fn stampede(page: &mut Page, reports: &Reports) -> Result<(), Box<dyn Error>> {
    page.scene(
        "Two hundred callers, one load",
        r#"#[cached(key = "report:<user_id>", ttl = "10m", tags = ["author:<user_id>"])]
           async fn of(&self, user_id: i64) -> sqlx::Result<Report>"#,
        "A report keeps one of the eight database connections busy for 60 ms. Two \
         hundred tasks want the same one at once: first past the cache, then with it.",
    );
    let (runs, start) = (reports.runs(), Instant::now());
    crowd(200, |reports| async move { bypass(reports.of(1)).await }, reports).await?;
    tell("200 × bypass(of(1))", start.elapsed(), &queries(reports.runs() - runs));

    let (runs, start) = (reports.runs(), Instant::now());
    crowd(200, |reports| async move { reports.of(1).await }, reports).await?;
    tell("200 × of(1)", start.elapsed(), &queries(reports.runs() - runs));
    Ok(())
}

fn queries(runs: u32) -> String {
    format!("the report's query ran {runs} time{}", if runs == 1 { "" } else { "s" })
}

/// Runs `call` in so many tasks at once and waits for all of them.
async fn crowd<F, T>(
    tasks: u32,
    call: impl Fn(Reports) -> F,
    reports: &Reports,
) -> Result<(), Box<dyn Error>>
where
    F: Future<Output = sqlx::Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let mut crowd: JoinSet<_> = (0..tasks).map(|_| call(reports.clone())).collect();
    while let Some(result) = crowd.join_next().await {
        result??;
    }
    Ok(())
}

async fn overtaken_load(
    page: &mut Page,
    users: &Users,
    reports: &Reports,
) -> Result<(), Box<dyn Error>> {
    page.scene(
        "A slow load that a write overtakes",
        "",
        "The report on user 7 is being computed when the user is renamed. Its caller \
         asked before the write and gets what it asked for. But the old name must not \
         enter the cache, nor reach anyone who asks after the write: such a caller does \
         not wait for the old load, it starts another, and that one is kept.",
    );
    let early = tokio::spawn({
        let reports = reports.clone();
        async move {
            let start = Instant::now();
            (traced(reports.of(7)).await, start.elapsed())
        }
    });
    sleep(Duration::from_millis(20)).await;
    call("rename(7, \"Ada Byron\")", users.rename(7, "Ada Byron")).await?;
    let (late, after) = tokio::join!(time(reports.of(7)), early);
    let ((report, outcome), took) = after?;
    answer("of(7), asked before", outcome, took, &report?);
    let (report, outcome, took) = late;
    answer("of(7), asked after", outcome, took, &report?);
    call("of(7), asked again", reports.of(7)).await?;
    Ok(())
}

async fn cancelled_leader(page: &mut Page, reports: &Reports) -> Result<(), Box<dyn Error>> {
    page.scene(
        "The caller that loads gives up",
        "",
        "The first of six callers loads, five wait for it. After 20 ms its client hangs \
         up and the task is cancelled, load and all. One of the five takes over at once; \
         none of them is left waiting, none of them sees an error.",
    );
    let (runs, start) = (reports.runs(), Instant::now());
    let leader = tokio::spawn({
        let reports = reports.clone();
        async move { reports.of(9).await }
    });
    sleep(Duration::from_millis(10)).await;
    let waiters = tokio::spawn({
        let reports = reports.clone();
        async move {
            crowd(5, |reports| async move { reports.of(9).await }, &reports)
                .await
                .map_err(|e| e.to_string())
        }
    });
    sleep(Duration::from_millis(10)).await;
    leader.abort();
    waiters.await??;
    let begun = reports.runs() - runs;
    tell(
        "5 × of(9)",
        start.elapsed(),
        &format!("all answered; {begun} loads begun, 1 of them cut off"),
    );
    Ok(())
}

async fn batch(page: &mut Page, users: &Users) -> Result<(), Box<dyn Error>> {
    page.scene(
        "A batch loads only what is not cached",
        r"#[cached(each = ids, id = |user| user.id, writes = self.get(id))]
           async fn list(&self, ids: &[i64]) -> sqlx::Result<Vec<User>>",
        "A hundred users are asked for, of whom 97 are cached: the query is made once, for the \
         other three. What a batch has loaded is there for `get`, and what `rename` removes is \
         all that the next batch asks for.",
    );
    let most: Vec<i64> = (101..=197).collect();
    let all: Vec<i64> = (101..=200).collect();
    call("list(101..=197)", users.list(&most)).await?;
    call("list(101..=200)", users.list(&all)).await?;
    call("list(101..=200)", users.list(&all)).await?;
    call("get(200)", users.get(200)).await?;
    call("rename(150, \"Ada Byron\")", users.rename(150, "Ada Byron")).await?;
    call("list(101..=200)", users.list(&all)).await?;
    Ok(())
}

async fn stale_while_revalidate(
    page: &mut Page,
    cache: &Cache,
    posts: &Posts,
) -> Result<(), Box<dyn Error>> {
    page.scene(
        "A stale value is served while one refreshes it",
        r#"#[cached(key = "front-page", ttl = "10s", stale_while_revalidate = "5m", …)]
           async fn front_page(&self) -> sqlx::Result<Arc<Vec<Headline>>>"#,
        "Everybody wants the front page, and every post changes it. No write removes it: \
         when its ten seconds are over, which `mark_stale` says here, readers are given the \
         old page at once, and the first of them starts one refresh behind it. Nobody waits \
         for the query.",
    );
    call("front_page()", posts.front_page()).await?;
    call("create(9, \"On patience\")", posts.create(9, "On patience")).await?;
    call("front_page()", posts.front_page()).await?;
    let start = Instant::now();
    let marked = cache.mark_stale(entry!(posts.front_page())).await;
    tell(
        "mark_stale(…)",
        start.elapsed(),
        if marked.is_ok() { "its ttl is over" } else { "no server" },
    );
    call("front_page()", posts.front_page()).await?;
    sleep(Duration::from_millis(100)).await;
    call("front_page()", posts.front_page()).await?;
    Ok(())
}

async fn stale_if_error(
    page: &mut Page,
    cache: &Cache,
    database: &Database,
    reports: &Reports,
) -> Result<(), Box<dyn Error>> {
    page.scene(
        "The database is down",
        r#"#[cached(key = "report:<user_id>", ttl = "10m", stale_if_error = "1h", …)]
           async fn of(&self, user_id: i64) -> sqlx::Result<Report>"#,
        "The ten minutes of a report are over, and its query fails. Callers are given the \
         report from before and no error, for an hour: the first after its load has failed, \
         the next at once, because one load in half a minute is tried. A report that was \
         never loaded is the database's error, as without a cache.",
    );
    call("of(11)", reports.of(11)).await?;
    // Fails if there is a server that is away. Then nothing of it is served, and there is no report to be had.
    let _ = cache.mark_stale(entry!(reports.of(11))).await;
    let start = Instant::now();
    database.pool().close().await;
    tell("the database stops", start.elapsed(), "every query fails");
    for user in [11, 11, 12] {
        let (report, outcome, took) = time(reports.of(user)).await;
        answer(&format!("of({user})"), outcome, took, &report);
    }
    Ok(())
}
