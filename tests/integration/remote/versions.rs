//! Two versions of a program side by side, as during a deploy.

use cache_runtime::{cached, invalidates, traced};

use super::*;

mod old {
    use super::*;

    #[cached(key = "deployed:<id>", ttl = "1h", version = 1)]
    pub(super) async fn value(id: u64) -> u64 {
        id
    }

    #[cached(key = "retagged:<id>", ttl = "1h", tags = ["retagged"])]
    pub(super) async fn tagged(id: u64) -> u64 {
        id
    }
}

mod new {
    use super::*;

    #[cached(key = "deployed:<id>", ttl = "1h", version = 2)]
    pub(super) async fn value(id: u64) -> u64 {
        id + 1
    }

    #[cached(key = "retagged:<id>", ttl = "1h", tags = ["retagged", "retagged:<id>"])]
    pub(super) async fn tagged(id: u64) -> u64 {
        id
    }

    #[invalidates(value(id))]
    pub(super) async fn change(id: u64) -> Result<(), String> {
        Ok(())
    }
}

#[cached(key = "for-ever:<id>", ttl = Duration::MAX)]
async fn for_ever(id: u64) -> u64 {
    id
}

#[tokio::test]
async fn the_version_that_comes_second_keeps_what_it_loads_for_itself() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        assert_eq!(one.scope(old::value(id)).await, id);
        for _ in 0..20 {
            assert_eq!(two.scope(new::value(id)).await, id + 1);
        }
        let second = of(&two, "value");
        assert_eq!((second.loads, second.hits), (1, 19), "{second:?}");
        // It has not pushed out the first version's value, of which that keeps a copy meanwhile.
        for _ in 0..2 {
            assert_eq!(one.scope(old::value(id)).await, id);
        }
        assert_eq!(of(&one, "value").loads, 1);

        one.scope(new::change(id)).await.unwrap();
        // What it kept for itself is gone, too, when it is told.
        let is_hit = async || two.scope(traced(new::value(id))).await.1.is_hit();
        until_it_answers(&false, is_hit).await;
    }
}

#[tokio::test]
async fn versions_with_other_tags_do_not_push_out_each_others_values() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        for _ in 0..20 {
            one.scope(old::tagged(id)).await;
            two.scope(new::tagged(id)).await;
        }
        assert_eq!((of(&one, "tagged").loads, of(&two, "tagged").loads), (1, 1));
    }
}

#[tokio::test]
async fn a_ttl_may_be_as_long_as_time() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        one.scope(for_ever(id)).await;
        two.scope(for_ever(id)).await;
        assert_eq!((of(&one, "for_ever").fills, of(&two, "for_ever").remote_hits), (1, 1));
    }
}
