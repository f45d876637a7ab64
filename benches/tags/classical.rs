//! The usual way to end many entries: a set that holds the keys of those with a tag.

use redis::aio::MultiplexedConnection;
use redis::{Cmd, Pipeline};
use server::Failed;

use crate::entries::{name, used_memory};

const TAG: &str = "bench:tag:user";

/// How many commands, or keys of one command, go out at once.
const AT_ONCE: usize = 1_000;

pub async fn store(
    connection: &mut MultiplexedConnection,
    count: u32,
    length: usize,
) -> Result<(), Failed> {
    let value = "x".repeat(length);
    each(connection, count, |command, key| {
        command.arg("SET").arg(key).arg(&value).arg("EX").arg(3600);
    })
    .await?;
    each(connection, count, |command, key| {
        command.arg("SADD").arg(TAG).arg(key);
    })
    .await
}

/// Ends all entries with the tag. Many keys in a command, so that the server is not kept from others for long.
pub async fn end(connection: &mut MultiplexedConnection) -> Result<(), Failed> {
    let keys: Vec<Vec<u8>> = redis::cmd("SMEMBERS").arg(TAG).query_async(connection).await?;
    let mut pipeline = Pipeline::new();
    for keys in keys.chunks(AT_ONCE) {
        pipeline.cmd("DEL").arg(keys).ignore();
    }
    pipeline.cmd("DEL").arg(TAG).ignore();
    Ok(pipeline.query_async(connection).await?)
}

/// What a key takes in the set, in bytes.
pub async fn memory(
    connection: &mut MultiplexedConnection,
    count: u32,
    length: usize,
) -> Result<i64, Failed> {
    store(connection, count, length).await?;
    let with = used_memory(connection).await?;
    let _: () = redis::cmd("DEL").arg(TAG).query_async(connection).await?;
    Ok((with - used_memory(connection).await?) / i64::from(count))
}

async fn each(
    connection: &mut MultiplexedConnection,
    count: u32,
    command: impl Fn(&mut Cmd, String),
) -> Result<(), Failed> {
    let numbers: Vec<_> = (0..count).collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let mut pipeline = Pipeline::new();
        for number in numbers {
            let mut one = Cmd::new();
            command(&mut one, format!("bench:{}", name(*number)));
            pipeline.add_command(one).ignore();
        }
        let _: () = pipeline.query_async(connection).await?;
    }
    Ok(())
}
