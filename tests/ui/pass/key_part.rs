//! Types that derive `KeyPart`.
#![deny(warnings, clippy::pedantic)]

use std::marker::PhantomData;

use cache_runtime::{KeyPart, KeyWriter};

#[derive(KeyPart)]
struct Id<T>(u64, PhantomData<T>);

#[derive(KeyPart)]
struct Page<'a, T, const N: usize> {
    number: u32,
    text: &'a str,
    more: Option<T>,
    last: [u8; N],
}

#[derive(KeyPart)]
enum Order<T: Iterator>
where
    T::Item: Clone,
{
    Newest,
    By(String),
    r#Match { after: T::Item, r#type: bool },
    Nothing(),
}

#[derive(KeyPart)]
enum Tree {
    Leaf(u8),
    Node(Box<Tree>, Vec<Tree>),
}

mod without_prelude {
    #![no_implicit_prelude]

    #[derive(::cache_runtime::KeyPart)]
    pub struct Pair(pub ::core::primitive::u8, pub ::core::primitive::u8);
}

mod renamed {
    use cache_runtime as runtime;

    #[derive(runtime::KeyPart)]
    #[key_part(crate = runtime)]
    pub struct Name(pub String);
}

struct NotAKey;

fn text(part: &impl KeyPart) -> String {
    let mut key = KeyWriter::new();
    key.part(part);
    String::from_utf8_lossy(key.as_bytes()).into_owned()
}

fn main() {
    type By = Order<std::vec::IntoIter<u8>>;
    assert_eq!(text(&Id::<NotAKey>(1, PhantomData)), "1");
    let page = Page { number: 1, text: "a b", more: None::<u8>, last: [7] };
    assert_eq!(text(&page), "(1,a%20b,!,(7,),)");
    assert_eq!(text(&By::Newest), "Newest");
    assert_eq!(text(&By::By(String::new())), "By(,)");
    assert_eq!(text(&By::Match { after: 1, r#type: true }), "Match(1,true,)");
    assert_eq!(text(&By::Nothing()), "Nothing");
    let tree = Tree::Node(Box::new(Tree::Leaf(1)), vec![Tree::Leaf(2)]);
    assert_eq!(text(&tree), "Node(Leaf(1,),(Leaf(2,),),)");
    assert_eq!(text(&without_prelude::Pair(1, 2)), "(1,2,)");
    assert_eq!(text(&renamed::Name("x".to_owned())), "x");
}
