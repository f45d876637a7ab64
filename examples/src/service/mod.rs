//! The blog over HTTP: handlers that do not know how their data is cached.
//!
//! Only `x-cache`, `/stats` and `/health` mention the cache at all. Which entries a write
//! removes stands on the repository's methods, where the query is.

mod reply;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, patch};
use axum::{Json, Router};
use cache_runtime::{Ambient, Cache, traced};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::SqlitePool;

use crate::posts::{Post, Posts};
use crate::users::{User, Users};
use reply::{Failure, cached, created};

/// What the handlers share.
#[derive(Clone)]
pub struct App {
    users: Users,
    posts: Posts,
    db: SqlitePool,
    cache: Cache,
}

impl Ambient for App {}

/// Every route of the service, on this database; `cache` is read for `/stats` and `/health`.
pub fn router(db: &SqlitePool, cache: &Cache) -> Router {
    let app =
        App { users: Users::new(db), posts: Posts::new(db), db: db.clone(), cache: cache.clone() };
    Router::new()
        .route("/users", get(list_users).post(create_user))
        .route("/users/{id}", get(get_user).merge(patch(rename_user)))
        .route("/users/{id}/posts", get(list_posts).post(create_post))
        .route("/posts", get(front_page))
        .route("/health", get(health))
        .route("/stats", get(stats))
        .fallback(async || Failure::not_found("there is no such route"))
        .method_not_allowed_fallback(async || Failure::method_not_allowed())
        .with_state(app)
}

type Id = Result<Path<i64>, PathRejection>;
type Body = Result<Bytes, BytesRejection>;

async fn get_user(State(app): State<App>, id: Id) -> Result<Response, Failure> {
    let Path(id) = id?;
    let (user, outcome) = traced(app.users.get(id)).await;
    Ok(match user? {
        Some(user) => cached(StatusCode::OK, outcome, Json(user)),
        None => cached(StatusCode::NOT_FOUND, outcome, Failure::no_user(id)),
    })
}

#[derive(Deserialize)]
struct Ids {
    ids: String,
}

/// The most users that one request is given.
const MOST_USERS: usize = 100;

async fn list_users(
    State(app): State<App>,
    ids: Result<Query<Ids>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(Ids { ids }) = ids?;
    let ids: Result<Vec<i64>, _> = ids.split(',').map(str::parse).collect();
    let ids =
        ids.map_err(|_| Failure::bad_request("`ids` are numbers with commas between them"))?;
    if ids.len() > MOST_USERS {
        return Err(Failure::bad_request("`ids` are a hundred at most"));
    }
    let (users, outcome) = traced(app.users.list(&ids)).await;
    Ok(cached(StatusCode::OK, outcome, Json(users?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rename {
    name: String,
}

async fn rename_user(State(app): State<App>, id: Id, body: Body) -> Result<Json<User>, Failure> {
    let Path(id) = id?;
    let body: Rename = json(body)?;
    let name = text("name", &body.name)?;
    app.users.rename(id, name).await?.map(Json).ok_or_else(|| Failure::no_user(id))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    name: String,
    email: String,
}

async fn create_user(State(app): State<App>, body: Body) -> Result<Response, Failure> {
    let body: NewUser = json(body)?;
    let (name, email) = (text("name", &body.name)?, text("email", &body.email)?);
    if !email.contains('@') {
        return Err(Failure::unprocessable("`email` has no @"));
    }
    let user = app.users.create(name, email).await?;
    Ok(created(&format!("/users/{}", user.id), Json(user)))
}

#[derive(Deserialize)]
struct Paging {
    #[serde(default = "first_page")]
    page: u32,
}

fn first_page() -> u32 {
    1
}

async fn list_posts(
    State(app): State<App>,
    id: Id,
    paging: Result<Query<Paging>, QueryRejection>,
) -> Result<Response, Failure> {
    let (Path(id), Query(Paging { page })) = (id?, paging?);
    if page == 0 {
        return Err(Failure::bad_request("the first `page` is 1"));
    }
    let (user, outcome) = traced(app.users.get(id)).await;
    if user?.is_none() {
        return Ok(cached(StatusCode::NOT_FOUND, outcome, Failure::no_user(id)));
    }
    let (posts, outcome) = traced(app.posts.list(id, page)).await;
    Ok(cached(StatusCode::OK, outcome, Json(&*posts?)))
}

async fn front_page(State(app): State<App>) -> Result<Response, Failure> {
    let (headlines, outcome) = traced(app.posts.front_page()).await;
    Ok(cached(StatusCode::OK, outcome, Json(&*headlines?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPost {
    title: String,
}

async fn create_post(State(app): State<App>, id: Id, body: Body) -> Result<Response, Failure> {
    let Path(id) = id?;
    let body: NewPost = json(body)?;
    let title = text("title", &body.title)?;
    let post: Post = app.posts.create(id, title).await.map_err(|error| match &error {
        sqlx::Error::Database(cause) if cause.is_foreign_key_violation() => Failure::no_user(id),
        _ => error.into(),
    })?;
    Ok(created(&format!("/users/{id}/posts"), Json(post)))
}

/// Without its database the service can do nothing, without the cache's server everything: that one is told, and is no
/// reason to take the service out of the rotation.
async fn health(State(app): State<App>) -> Result<Json<serde_json::Value>, Failure> {
    sqlx::query("SELECT 1").execute(&app.db).await?;
    let shared = app.cache.health().remote;
    let cache = shared.map_or("in memory".to_owned(), |shared| shared.state.to_string());
    Ok(Json(serde_json::json!({ "status": "ok", "cache": cache })))
}

async fn stats(State(app): State<App>) -> Response {
    axum::response::IntoResponse::into_response(Json(app.cache.snapshot()))
}

/// JSON, whatever the content type says: `curl -d` sends that of a form.
fn json<T: DeserializeOwned>(body: Body) -> Result<T, Failure> {
    serde_json::from_slice(&body?).map_err(|error| {
        let message = format!("the body: {error}");
        if error.is_data() {
            Failure::unprocessable(&message)
        } else {
            Failure::bad_request(&message)
        }
    })
}

/// The longest text that a row takes.
const LONGEST: usize = 200;

fn text<'a>(field: &str, value: &'a str) -> Result<&'a str, Failure> {
    let value = value.trim();
    if value.is_empty() {
        return Err(Failure::unprocessable(&format!("`{field}` is empty")));
    }
    if value.chars().count() > LONGEST {
        return Err(Failure::unprocessable(&format!(
            "`{field}` is longer than {LONGEST} characters"
        )));
    }
    Ok(value)
}
