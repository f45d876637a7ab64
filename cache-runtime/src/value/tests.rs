use std::sync::Arc;

use super::*;
use crate::codec::{Encoding, Flaw};
use crate::policy::{Codec, Compression};

/// What dispatch finds for a type, checked by giving and keeping a value through it.
macro_rules! answer {
    ($type:ty) => {{
        let kind = Kind::<$type>::new();
        let shape = (&&(&&&&kind).__wrap()).__hold();
        returns(shape, storage(shape), (&&kind).__errors(), (&&shape).__compare())
    }};
}

type Alias<T> = std::result::Result<T, String>;

/// The functions of an answer, as methods of a value of it.
trait Functions<R>: Answer<R> {
    fn gives(self, stored: Stored) -> Option<R> {
        Self::give(stored)
    }

    fn keeps(self, returned: &R) -> Option<Stored> {
        Self::keep(returned)
    }

    fn erased_codec(self) -> &'static ErasedCodec {
        Self::CODEC
    }
}

impl<R, A: Answer<R>> Functions<R> for A {}

fn share_error<R, A: Answer<R>>(_: A, returned: &R) -> Option<Erased> {
    A::share_error(returned)
}

fn give_error<R, A: Answer<R>>(_: A, error: &Erased) -> Option<R> {
    A::give_error(error)
}

/// Gives back what was kept, and makes a whole of the parts.
fn through<R, A: Answer<R>>(_: A, returned: &R) -> R {
    let given = A::give(A::keep(returned).expect("not an error")).expect("the same type");
    match A::apart(given) {
        Apart::Value(inner) => A::whole(inner),
        Apart::Nothing(make) => make(),
        Apart::Failed(_) => panic!("an error that was kept"),
    }
}

#[test]
fn each_of_the_eight_shapes_comes_back_as_it_went_in() {
    assert_eq!(through(answer!(u8), &7), 7);
    assert_eq!(through(answer!(Arc<u8>), &Arc::new(7)), Arc::new(7));
    for value in [Some(7), None] {
        assert_eq!(through(answer!(Option<u8>), &value), value);
        assert_eq!(through(answer!(Alias<Option<u8>>), &Ok(value)), Ok(value));
        let shared = value.map(Arc::new);
        assert_eq!(through(answer!(Option<Arc<u8>>), &shared), shared);
        assert_eq!(through(answer!(Alias<Option<Arc<u8>>>), &Ok(shared.clone())), Ok(shared));
    }
    assert_eq!(through(answer!(Alias<u8>), &Ok(7)), Ok(7));
    assert_eq!(through(answer!(Alias<Arc<u8>>), &Ok(Arc::new(7))), Ok(Arc::new(7)));
}

#[test]
fn a_shared_value_is_not_copied_and_an_owned_one_reads_it_too() {
    let value = Arc::new("ada".to_owned());
    let stored = answer!(Arc<String>).keeps(&value).unwrap();
    let back = answer!(Alias<Arc<String>>).gives(stored.clone()).unwrap().unwrap();
    assert!(Arc::ptr_eq(&value, &back));
    assert_eq!(answer!(Option<String>).gives(stored), Some(Some("ada".to_owned())));
}

#[derive(Debug)]
struct NotClone;

#[test]
fn an_error_is_never_kept_and_is_shared_if_it_can_be_cloned() {
    let failed: Alias<u8> = Err("down".to_owned());
    assert!(answer!(Alias<u8>).keeps(&failed).is_none());
    let shared = share_error(answer!(Alias<u8>), &failed).unwrap();
    assert_eq!(give_error(answer!(Alias<u8>), &shared), Some(failed));

    let failed: std::result::Result<Option<u8>, NotClone> = Err(NotClone);
    let answer = answer!(std::result::Result<Option<u8>, NotClone>);
    assert!(answer.keeps(&failed).is_none());
    assert!(share_error(answer, &failed).is_none());
}

#[test]
fn another_type_or_a_none_that_the_shape_lacks_is_not_given() {
    let stored = answer!(u8).keeps(&7).unwrap();
    assert_eq!(answer!(u16).gives(stored), None);
    assert_eq!(answer!(u8).gives(None), None);
    assert_eq!(answer!(Option<u8>).gives(None), Some(None));
}

#[test]
fn a_value_that_comes_back_different_is_refused_where_its_type_can_tell() {
    #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
    struct Partial {
        kept: u8,
        #[serde(skip)]
        dropped: u8,
    }
    #[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
    struct NotCompared(Partial);
    let partial = |dropped| Partial { kept: 1, dropped };
    let encoding = Encoding { codec: Codec::MessagePack, compression: Compression::None };

    let answer = answer!(Alias<Option<Arc<Partial>>>);
    let round_trip = |dropped| {
        let stored = answer.keeps(&Ok(Some(Arc::new(partial(dropped))))).unwrap();
        assert_eq!(answer.erased_codec().encode(&stored, encoding, false).err(), None);
        let refused = answer.erased_codec().encode(&stored, encoding, true).err();
        assert_eq!(answer.erased_codec().round_trip(stored, encoding).err(), refused);
        refused
    };
    assert_eq!(round_trip(2), Some(Flaw::Changed));
    assert_eq!(round_trip(0), None);

    let stored = answer!(NotCompared).keeps(&NotCompared(partial(2))).unwrap();
    assert_eq!(answer!(NotCompared).erased_codec().encode(&stored, encoding, true).err(), None);
}

#[test]
fn an_ok_is_a_success_and_so_is_anything_that_is_no_result() {
    let kind = Kind::<Alias<u8>>::new();
    assert_eq!((&&kind).__end().success(&Ok(7)), Some(&7));
    assert_eq!((&&kind).__end().success(&Err(String::new())), None);
    let kind = &Kind::<Option<u8>>::new();
    assert_eq!(kind.__end().success(&None), Some(&None));
}

mod shared {
    use super::*;
    use crate::codec::Encoded;

    const MAX: usize = 1 << 20;

    const ENCODINGS: [Encoding; 2] = [
        Encoding { codec: Codec::MessagePack, compression: Compression::None },
        Encoding { codec: Codec::Json, compression: Compression::Lz4 },
    ];

    /// Sends a returned value through each encoding, as a remote tier does.
    fn encoded<R: PartialEq + std::fmt::Debug, A: Answer<R>>(answer: A, returned: &R) {
        let stored = answer.keeps(returned).expect("not an error");
        for encoding in ENCODINGS {
            let Encoded { bytes, codec, compressed, .. } =
                answer.erased_codec().encode(&stored, encoding, true).unwrap();
            let back = if bytes.is_empty() {
                assert!(answer.erased_codec().decode(&bytes, codec, compressed, MAX).is_err());
                None
            } else {
                answer.erased_codec().decode(&bytes, codec, compressed, MAX).unwrap()
            };
            assert_eq!(back.is_none(), stored.is_none());
            assert_eq!(answer.gives(back).as_ref(), Some(returned));
        }
    }

    #[test]
    fn each_of_the_eight_shapes_survives_its_encoding() {
        let text = || "ada".repeat(2_000);
        encoded(answer!(String), &text());
        encoded(answer!(Arc<String>), &Arc::new(text()));
        encoded(answer!(Alias<String>), &Ok(text()));
        encoded(answer!(Alias<Arc<String>>), &Ok(Arc::new(text())));
        for value in [Some(text()), None] {
            let shared = value.clone().map(Arc::new);
            encoded(answer!(Option<Arc<String>>), &shared);
            encoded(answer!(Alias<Option<Arc<String>>>), &Ok(shared));
            encoded(answer!(Option<String>), &value);
            encoded(answer!(Alias<Option<String>>), &Ok(value));
        }
    }

    #[test]
    fn the_shapes_of_one_value_share_its_fingerprint() {
        let one = answer!(String).erased_codec().fingerprint(1);
        assert_eq!(one, answer!(Arc<String>).erased_codec().fingerprint(1));
        assert_eq!(one, answer!(Alias<Option<Arc<String>>>).erased_codec().fingerprint(1));
        assert_ne!(one, answer!(String).erased_codec().fingerprint(2));
        assert_ne!(one, answer!(u8).erased_codec().fingerprint(1));
    }

    #[test]
    fn a_value_of_another_type_is_not_encoded() {
        let stored = answer!(u8).keeps(&7).unwrap();
        let refused = answer!(u16).erased_codec().encode(&stored, ENCODINGS[0], false);
        assert_eq!(refused, Err(Flaw::Refused));
    }

    #[test]
    fn what_stays_in_this_process_has_no_encoding() {
        let shape = Kind::<NotEncoded>::new().__wrap().__hold();
        let errors = Kind::<NotEncoded>::new().__errors();
        let answer = returns(shape, local_storage(shape), errors, shape.__compare());
        let stored = answer.keeps(&NotEncoded).unwrap();
        let refused = answer.erased_codec().encode(&stored, ENCODINGS[0], false);
        assert_eq!(refused, Err(Flaw::Refused));
        assert!(answer.erased_codec().decode(&[0xc0], 1, false, MAX).is_err());
        assert_eq!(answer.erased_codec().fingerprint(1), 0);
    }

    #[derive(Clone)]
    struct NotEncoded;

    /// Does not let anybody look at it.
    #[derive(Clone)]
    struct Panics;

    impl serde::Serialize for Panics {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            // Without the message that a panic prints.
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }

    impl<'de> serde::Deserialize<'de> for Panics {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }

    #[test]
    fn a_type_that_panics_is_refused_wherever_it_is_looked_at() {
        let answer = answer!(Panics);
        let stored = answer.keeps(&Panics).unwrap();
        for prove in [false, true] {
            let refused = answer.erased_codec().encode(&stored, ENCODINGS[0], prove);
            assert_eq!(refused, Err(Flaw::Panicked));
        }
        assert_eq!(
            answer.erased_codec().round_trip(stored.clone(), ENCODINGS[0]).err(),
            Some(Flaw::Panicked)
        );
        let bytes =
            answer!(u8).erased_codec().encode(&answer!(u8).keeps(&7).unwrap(), ENCODINGS[0], false);
        assert!(answer.erased_codec().decode(&bytes.unwrap().bytes, 1, false, MAX).is_err());
        assert_eq!(answer.erased_codec().weigh(&stored), 0);
    }
}
