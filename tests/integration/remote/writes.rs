//! Writes over the remote tier: guards, values written through, transactions.

use std::collections::HashMap;
use std::sync::Mutex;

use cache_runtime::testing::Gate;
use cache_runtime::{cached, entry, invalidates, transaction};

use super::{Site, another_id, of};

static TABLE: Mutex<Option<HashMap<u64, u64>>> = Mutex::new(None);

fn row(id: u64) -> u64 {
    TABLE.lock().unwrap().get_or_insert_default().get(&id).copied().unwrap_or(0)
}

fn set_row(id: u64, value: u64) {
    TABLE.lock().unwrap().get_or_insert_default().insert(id, value);
}

#[cached(key = "stock:<id>", ttl = "1h", tags = ["stock"], strategy = "write_through")]
async fn stock(id: u64) -> u64 {
    row(id)
}

#[cached(key = "stock:<id>", ttl = "1h", tags = ["stock"], strategy = "write_through", value = left)]
async fn set_stock(id: u64, left: u64) -> Result<(), String> {
    set_row(id, left);
    Ok(())
}

#[invalidates(stock(id))]
async fn sell(id: u64, written: &Gate, go_on: &Gate) -> Result<(), String> {
    set_row(id, row(id) - 1);
    written.pass().await;
    go_on.pass().await;
    Ok(())
}

#[invalidates(stock(id), guard = "required")]
async fn sell_strictly(id: u64) -> Result<(), cache_runtime::Error> {
    set_row(id, row(id) - 1);
    Ok(())
}

#[tokio::test]
async fn a_value_written_through_is_there_for_all() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        one.scope(set_stock(id, 7)).await.unwrap();
        assert_eq!(two.scope(stock(id)).await, 7);
        assert_eq!(of(&two, "stock").loads, 0);
        assert_eq!(of(&one, "set_stock").writes_through, 1);
    }
}

#[tokio::test]
async fn while_a_write_goes_on_no_process_stores_what_it_reads() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let (id, written, go_on) = (another_id(), Gate::new(), Gate::new());
        set_row(id, 5);
        written.open();
        let sale = tokio::spawn(one.scope({
            let (written, go_on) = (written.clone(), go_on.clone());
            async move { sell(id, &written, &go_on).await }
        }));
        written.arrived(1).await;
        assert_eq!(two.scope(stock(id)).await, 4);
        assert_eq!(of(&two, "stock").refused.busy, 1);
        go_on.open();
        sale.await.unwrap().unwrap();
        assert_eq!(two.scope(stock(id)).await, 4);
        assert_eq!(of(&two, "stock").fills, 1);
    }
}

#[tokio::test]
async fn a_put_is_there_for_all_and_refuses_loads_under_way() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let id = another_id();
        one.put(entry!(stock(id)), 9).await.unwrap();
        assert_eq!(two.scope(stock(id)).await, 9);
        one.mark_stale(entry!(stock(id))).await.unwrap();
        set_row(id, 3);
        super::until_it_answers(&3, || two.scope(stock(id))).await;
    }
}

#[tokio::test]
async fn a_transaction_guards_what_it_writes_in_all_processes_until_its_end() {
    for site in Site::each() {
        let (one, two) = (site.process().await, site.process().await);
        let (id, open, commit) = (another_id(), Gate::new(), Gate::new());
        set_row(id, 2);
        open.open();
        let sale = tokio::spawn(one.scope({
            let (open, commit) = (open.clone(), commit.clone());
            transaction(async move {
                sell(id, &open, &open).await?;
                commit.pass().await;
                Ok::<_, String>(())
            })
        }));
        commit.arrived(1).await;
        two.scope(stock(id)).await;
        assert_eq!(of(&two, "stock").fills, 0, "the write is not committed yet");
        commit.open();
        sale.await.unwrap().unwrap();
        two.scope(stock(id)).await;
        assert_eq!(of(&two, "stock").fills, 1);
    }
}

#[tokio::test]
async fn a_write_whose_guard_is_required_is_refused_without_the_server() {
    for mut site in Site::each() {
        let one = site.process().await;
        let id = another_id();
        set_row(id, 2);
        one.scope(sell_strictly(id)).await.unwrap();
        site.server.kill();
        let refused = one.scope(sell_strictly(id)).await.unwrap_err();
        assert!(refused.is_unavailable(), "{refused}");
        let text = refused.to_string();
        assert!(
            text.starts_with(
                "`sell_strictly` was not run, because its entries could not be guarded: "
            ),
            "{text}"
        );
        assert_eq!(row(id), 1, "the body did not run");
    }
}
