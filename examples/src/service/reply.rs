//! What goes back to the client: JSON, also where it failed.

use std::fmt::Display;

use axum::Json;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use cache_runtime::Outcome;
use sqlx::error::DatabaseError;

/// An answer that was looked up; `x-cache` says how it went.
pub(super) fn cached(status: StatusCode, outcome: Outcome, body: impl IntoResponse) -> Response {
    (status, [("x-cache", outcome.to_string())], body).into_response()
}

/// Something new, and where it is from now on.
pub(super) fn created(location: &str, body: impl IntoResponse) -> Response {
    (StatusCode::CREATED, [(header::LOCATION, location)], body).into_response()
}

/// A status and what the client can do about it.
pub(super) struct Failure {
    status: StatusCode,
    message: String,
}

impl Failure {
    fn new(status: StatusCode, message: impl Display) -> Self {
        Self { status, message: message.to_string() }
    }

    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn unprocessable(message: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    pub(super) fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    pub(super) fn no_user(id: i64) -> Self {
        Self::new(StatusCode::NOT_FOUND, format_args!("there is no user {id}"))
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "this route has no such method")
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        (self.status, Json(serde_json::json!({ "error": self.message }))).into_response()
    }
}

/// What the database says is for the operator, not for the client.
impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        if error.as_database_error().is_some_and(DatabaseError::is_unique_violation) {
            return Self::new(StatusCode::CONFLICT, "another user has this `email`");
        }
        eprintln!("database: {error}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "the database failed")
    }
}

macro_rules! from_rejection {
    ($($rejection:ty)*) => {$(
        impl From<$rejection> for Failure {
            fn from(rejection: $rejection) -> Self {
                Self::new(rejection.status(), rejection.body_text())
            }
        }
    )*};
}

from_rejection!(BytesRejection PathRejection QueryRejection);
