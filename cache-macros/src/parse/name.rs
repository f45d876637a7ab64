//! Names as a template writes them, without `r#`, and the identifiers that they stand for.

use proc_macro2::Span;
use syn::punctuated::Punctuated;
use syn::{Ident, Index, Member, Path, PathSegment, Token};

/// Whether a placeholder names a constant: `KIND` or `Self::KIND`.
pub(crate) fn is_constant(root: &str) -> bool {
    let screaming = root.chars().any(char::is_uppercase) && !root.chars().any(char::is_lowercase);
    screaming || root.contains("::")
}

/// The path of a constant, all of it at `span`.
pub(crate) fn constant(root: &str, span: Span) -> Path {
    let segments = root.split("::").map(|segment| PathSegment::from(identifier(segment, span)));
    let mut segments: Punctuated<_, _> = segments.collect();
    // the separators that `collect` makes are at the call site
    for mut pair in segments.pairs_mut() {
        if let Some(separator) = pair.punct_mut() {
            **separator = Token![::](span);
        }
    }
    Path { leading_colon: None, segments }
}

/// The field of a struct or a tuple, at `span`.
pub(crate) fn field(field: &str, span: Span) -> Member {
    match field.parse() {
        Ok(index) => Member::Unnamed(Index { index, span }),
        Err(_) => Member::Named(identifier(field, span)),
    }
}

/// An identifier for a name that was written without `r#`.
pub(crate) fn identifier(written: &str, span: Span) -> Ident {
    const PATH_WORDS: [&str; 4] = ["self", "Self", "super", "crate"];
    if PATH_WORDS.contains(&written) {
        return Ident::new(written, span);
    }
    let mut ident = syn::parse_str::<Ident>(written)
        .unwrap_or_else(|_| Ident::new_raw(written.trim_start_matches('_'), span));
    ident.set_span(span);
    ident
}
