//! The `Clone` of a value, or of an error, is the user's code: if it panics the value is not shared, and its caller has it.

use std::panic::resume_unwind;

use serde::{Deserialize, Serialize};

use super::*;

/// What panics when it is cloned, without the message of a panic.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Single(u64);

impl Clone for Single {
    fn clone(&self) -> Self {
        resume_unwind(Box::new("on purpose"));
    }
}

#[cached(key = "single:<id>", ttl = "1h", skip(gate))]
async fn single(id: u64, gate: &Gate) -> Result<Single, Single> {
    gate.pass().await;
    if id == 0 { Err(Single(id)) } else { Ok(Single(id)) }
}

#[cached(key = "single:<id>", ttl = "1h", strategy = "write_through", value = return)]
async fn save_single(id: u64) -> Result<Single, Single> {
    Ok(Single(id))
}

#[tokio::test]
async fn a_value_whose_clone_panics_is_its_callers_and_is_not_stored() {
    for cache in [testing::isolate(), Site::new().process().await.0] {
        for id in 0..2 {
            let (gate, before) = (Gate::new(), of(&cache, "single"));
            let call = || cache.scope(single(id, &gate));
            let open = async {
                gate.arrived(1).await;
                gate.open();
            };
            // The second waits for the first, which has nothing for it.
            let (one, two, ()) = tokio::join!(call(), call(), open);
            let expected = || if id == 0 { Err(Single(id)) } else { Ok(Single(id)) };
            assert_eq!((one, two), (expected(), expected()));
            let after = of(&cache, "single");
            assert_eq!((after.loads, after.load_panics, after.fills), (before.loads + 2, 0, 0));
        }
        assert_eq!(of(&cache, "single").refused.panicked, 2);
        assert_eq!(cache.scope(save_single(7)).await, Ok(Single(7)));
        assert_eq!(of(&cache, "save_single").refused.panicked, 1);
    }
}
