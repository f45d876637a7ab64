//! The service example over HTTP: what a client sees of the cache.

mod load;
mod process;
mod remote;

use std::time::Duration;

use cache_runtime::testing::{self, IsolatedCache};
use examples::database::Database;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::http::{Client, Reply};

/// A service on a free port, with a database and a cache of its own.
struct Service {
    client: Client,
    database: Database,
    cache: IsolatedCache,
}

impl Service {
    // The isolated cache is this thread's; `#[tokio::test]` runs the server's tasks on it too.
    async fn start() -> Self {
        let cache = testing::isolate();
        let database = Database::fresh().await.expect("a database in the temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let router = examples::service::router(database.pool(), &cache);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { client: Client(address), database, cache }
    }

    async fn get(&self, path: &str) -> Reply {
        self.client.get(path).await
    }

    async fn send(&self, method: &str, path: &str, body: &str) -> Reply {
        self.client.send(method, path, body).await
    }

    async fn stats(&self, policy: &str) -> Value {
        let stats = self.get("/stats").await.json();
        let policies = stats["policies"].as_array().expect("a list of policies");
        policies.iter().find(|found| found["name"] == policy).expect("the policy was used").clone()
    }
}

#[tokio::test]
async fn a_user_is_a_miss_then_a_hit_and_after_a_change_a_miss_with_the_new_name() {
    let service = Service::start().await;

    let first = service.get("/users/7").await;
    assert_eq!((first.status, first.cache()), (200, "miss"));
    let user = first.json();
    assert_eq!(user["id"], 7);
    assert!(user["name"].is_string() && user["email"].is_string(), "{user}");

    let second = service.get("/users/7").await;
    assert_eq!((second.status, second.cache()), (200, "hit"));
    assert_eq!(second.json(), user);

    let changed = service.send("PATCH", "/users/7", r#"{"name":"Ada King"}"#).await;
    assert_eq!((changed.status, changed.json()["name"].as_str()), (200, Some("Ada King")));

    let third = service.get("/users/7").await;
    assert_eq!((third.status, third.cache()), (200, "miss"));
    assert_eq!(third.json()["name"], "Ada King");
    assert_eq!(service.get("/users/7").await.cache(), "hit");
}

#[tokio::test]
async fn a_change_leaves_the_other_users_cached() {
    let service = Service::start().await;
    service.get("/users/8").await;
    service.send("PATCH", "/users/7", r#"{"name":"Ada King"}"#).await;
    assert_eq!(service.get("/users/8").await.cache(), "hit");
}

#[tokio::test]
async fn a_list_of_users_loads_those_that_are_not_cached() {
    let service = Service::start().await;
    service.get("/users/8").await;
    let list = service.get("/users?ids=9,8,7,1001,9").await;
    let id = |user: &Value| user["id"].as_i64();
    let ids: Vec<_> = list.json().as_array().expect("a list").iter().filter_map(id).collect();
    assert_eq!((list.status, list.cache(), ids), (200, "miss", vec![9, 8, 7, 9]));
    assert_eq!(service.stats("get").await["loads"], 4, "8 was there");

    assert_eq!(service.get("/users?ids=9,8,7,1001").await.cache(), "hit");
    assert_eq!(service.get("/users/9").await.cache(), "hit");
    assert_eq!(service.get("/users/1001").await.cache(), "hit", "nobody has this id");
    service.send("PATCH", "/users/7", r#"{"name":"Ada King"}"#).await;
    let list = service.get("/users?ids=7,8").await;
    assert_eq!((list.cache(), list.json()[0]["name"].as_str()), ("miss", Some("Ada King")));

    for wrong in
        ["/users", "/users?ids=", "/users?ids=7,x", &format!("/users?ids={}", "7,".repeat(101))]
    {
        assert_eq!(service.get(wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn nobody_is_cached_until_someone_is_created_there() {
    let service = Service::start().await;

    let first = service.get("/users/1001").await;
    assert_eq!((first.status, first.cache()), (404, "miss"));
    let second = service.get("/users/1001").await;
    assert_eq!((second.status, second.cache()), (404, "hit"));
    assert_eq!(service.stats("get").await["negative_hits"], 1);

    let body = r#"{"name":"Mary Shaw","email":"mary@example.org"}"#;
    let created = service.send("POST", "/users", body).await;
    assert_eq!((created.status, created.header("location")), (201, Some("/users/1001")));

    let found = service.get("/users/1001").await;
    assert_eq!((found.status, found.cache()), (200, "miss"));
    assert_eq!(found.json(), json!({"id": 1001, "name": "Mary Shaw", "email": "mary@example.org"}));
}

#[tokio::test]
async fn a_post_moves_all_pages_of_its_author_and_nobody_elses() {
    let service = Service::start().await;
    let pages = ["/users/7/posts", "/users/7/posts?page=2", "/users/8/posts?page=1"];
    for path in pages {
        assert_eq!(service.get(path).await.cache(), "miss", "{path}");
        assert_eq!(service.get(path).await.cache(), "hit", "{path}");
    }
    assert_eq!(service.get(pages[0]).await.json().as_array().map(Vec::len), Some(20));

    let created = service.send("POST", "/users/7/posts", r#"{"title":"On engines"}"#).await;
    assert_eq!((created.status, created.json()["title"].as_str()), (201, Some("On engines")));

    let first = service.get(pages[0]).await;
    assert_eq!((first.cache(), first.json()[0]["title"].as_str()), ("miss", Some("On engines")));
    assert_eq!(service.get(pages[1]).await.cache(), "miss");
    assert_eq!(service.get(pages[2]).await.cache(), "hit");
}

/// Asks for the front page until it is no longer a stale one.
async fn front_page_when_refreshed(service: &Service) -> Reply {
    loop {
        let reply = service.get("/posts").await;
        if reply.cache() != "stale" {
            return reply;
        }
    }
}

#[tokio::test]
async fn the_front_page_is_served_stale_while_it_is_refreshed() {
    let service = Service::start().await;
    let first = service.get("/posts").await;
    assert_eq!((first.status, first.cache()), (200, "miss"));
    let headline = &first.json()[0];
    assert!(headline["title"].is_string() && headline["author"].is_string(), "{headline}");
    service.send("POST", "/users/7/posts", r#"{"title":"On engines"}"#).await;

    service.cache.clock().advance(Duration::from_millis(9_999));
    let fresh = service.get("/posts").await;
    assert_eq!((fresh.cache(), fresh.json()), ("hit", first.json()));
    service.cache.clock().advance(Duration::from_millis(1));
    let stale = service.get("/posts").await;
    assert_eq!((stale.status, stale.cache(), stale.json()), (200, "stale", first.json()));

    let refreshed = front_page_when_refreshed(&service).await;
    assert_eq!(refreshed.cache(), "hit");
    assert_eq!(refreshed.json()[0]["title"], "On engines");
    let stats = service.stats("front_page").await;
    assert_eq!((&stats["loads"], &stats["background_refreshes"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn the_front_page_of_the_last_hour_is_served_while_the_database_is_down() {
    let service = Service::start().await;
    let page = service.get("/posts").await;
    service.get("/users/7").await;
    service.database.pool().close().await;
    assert_eq!(service.get("/health").await.status, 500);

    // Past the time for which it is refreshed behind its readers.
    service.cache.clock().advance(Duration::from_secs(10 + 300));
    for _ in 0..3 {
        let stale = service.get("/posts").await;
        assert_eq!((stale.status, stale.cache(), stale.json()), (200, "stale", page.json()));
    }
    let stats = service.stats("front_page").await;
    assert_eq!((&stats["load_errors"], &stats["stale_on_error"]), (&json!(1), &json!(1)));
    assert_eq!(service.get("/users/8").await.status, 500, "nothing is known of it");

    service.cache.clock().advance(Duration::from_mins(55));
    let gone = service.get("/posts").await;
    assert_eq!((gone.status, gone.json()["error"].as_str()), (500, Some("the database failed")));
}

#[tokio::test]
async fn the_statistics_count_what_happened() {
    let service = Service::start().await;
    for _ in 0..4 {
        service.get("/users/7").await;
    }
    let get = service.stats("get").await;
    assert_eq!((&get["misses"], &get["hits"], &get["loads"]), (&json!(1), &json!(3), &json!(1)));
    assert_eq!(service.get("/health").await.json(), json!({"status": "ok", "cache": "in memory"}));
}

#[tokio::test]
async fn bad_requests_are_refused_with_a_reason() {
    let service = Service::start().await;
    let long = format!(r#"{{"name":"{}"}}"#, "x".repeat(201));
    let huge = format!(r#"{{"name":"{}"}}"#, "x".repeat(3_000_000));
    let taken = service.get("/users/8").await.json()["email"].to_string();
    let taken = format!(r#"{{"name":"Eve","email":{taken}}}"#);
    for (method, path, body, status, reason) in [
        ("GET", "/users/seven", "", 400, "parse"),
        ("GET", "/users/99999999999999999999", "", 400, "parse"),
        ("GET", "/users/-1", "", 404, "no user -1"),
        ("GET", "/users/7/posts?page=0", "", 400, "`page` is 1"),
        ("GET", "/users/7/posts?page=-1", "", 400, "page"),
        ("GET", "/users/7/posts?page=x", "", 400, "page"),
        ("GET", "/users/5000/posts", "", 404, "no user 5000"),
        ("GET", "/nowhere", "", 404, "no such route"),
        ("DELETE", "/users/7", "", 405, "no such method"),
        ("PATCH", "/users/7", "", 400, "the body"),
        ("PATCH", "/users/7", "{\"name\":", 400, "the body"),
        ("PATCH", "/users/7", "[]", 422, "the body"),
        ("PATCH", "/users/7", r#"{"nmae":"Ada"}"#, 422, "nmae"),
        ("PATCH", "/users/7", r#"{"name":7}"#, 422, "string"),
        ("PATCH", "/users/7", r#"{"name":"  "}"#, 422, "`name` is empty"),
        ("PATCH", "/users/7", &long, 422, "longer than 200"),
        ("PATCH", "/users/7", &huge, 413, "length limit"),
        ("PATCH", "/users/5000", r#"{"name":"Ada"}"#, 404, "no user 5000"),
        ("POST", "/users", r#"{"name":"Ada"}"#, 422, "email"),
        ("POST", "/users", r#"{"name":"Ada","email":"ada"}"#, 422, "no @"),
        ("POST", "/users", &taken, 409, "another user"),
        ("POST", "/users/5000/posts", r#"{"title":"On engines"}"#, 404, "no user 5000"),
        ("POST", "/users/7/posts", "{}", 422, "title"),
    ] {
        let reply = service.send(method, path, body).await;
        let case = format!("{method} {path} {body:.40}");
        assert_eq!(reply.status, status, "{case}: {reply:?}");
        let error = reply.json()["error"].as_str().expect("a reason").to_owned();
        assert!(error.contains(reason), "{case}: {error}");
    }
    assert_eq!(service.get("/users/7/posts?page=4294967295").await.json(), json!([]));
}
