use fred::{
    interfaces::{ClientLike as _, LuaInterface as _},
    types::{Builder, Value, config::Config},
};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, query_as, query_scalar};
use std::fs;

/// Everything that a part keeps, read past the service: where each piece was found, and its bytes.
pub type Dump = Vec<(String, Vec<u8>)>;

/// Names each key and what it holds, whatever its type. A type that it can't read is an error.
const EVERY_KEY: &str = r"
local readers = {
    string = {'GET'}, hash = {'HGETALL'}, list = {'LRANGE', 0, -1}, set = {'SMEMBERS'},
    zset = {'ZRANGE', 0, -1, 'WITHSCORES'}, stream = {'XRANGE', '-', '+'},
}
local function flatten(value, into)
    if type(value) == 'table' then
        for _, part in ipairs(value) do flatten(part, into) end
    else
        into[#into + 1] = tostring(value)
    end
end
local found = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
    local kind = redis.call('TYPE', key).ok
    local reader = readers[kind]
    if not reader then return redis.error_reply('a key of type ' .. kind) end
    local entry = {key}
    flatten(redis.call(reader[1], key, unpack(reader, 2)), entry)
    found[#found + 1] = entry
end
return found
";

/// Every key of a Redis, and every value under it.
pub async fn dump_redis(url: &str) -> Dump {
    let found = eval_in_redis(url, EVERY_KEY).await;
    found.into_array().into_iter().flat_map(entry).collect()
}

/// Runs a script on a connection of its own.
pub async fn eval_in_redis(url: &str, script: &str) -> Value {
    let config = Config::from_url_centralized(url).expect("an address");
    let client = Builder::from_config(config).build().expect("a client");
    client.init().await.expect("a connection");
    let answer = client.eval(script, Vec::<String>::new(), Vec::<String>::new()).await.expect("an answer");
    client.quit().await.expect("an end");
    answer
}

/// A key by itself, then each of its values.
fn entry(found: Value) -> Dump {
    let texts: Vec<Vec<u8>> = found.into_array().iter().map(|text| text.as_bytes().expect("a text").to_vec()).collect();
    let key = String::from_utf8_lossy(&texts[0]).into_owned();
    let place = |at: usize| if at == 0 { format!("the name of {key}") } else { key.clone() };
    texts.iter().enumerate().map(|(at, bytes)| (place(at), bytes.clone())).collect()
}

/// The files of a SQLite database, or every row of every table of a PostgreSQL database as text.
pub async fn dump_database(url: &str) -> Dump {
    match url.strip_prefix("sqlite:") {
        Some(path) => ["", "-wal", "-shm"].iter().filter_map(|end| file(&format!("{path}{end}"))).collect(),
        None => rows(url).await,
    }
}

fn file(path: &str) -> Option<(String, Vec<u8>)> {
    Some((path.to_owned(), fs::read(path).ok()?))
}

async fn rows(url: &str) -> Dump {
    let mut connection = PgConnection::connect(url).await.expect("a connection");
    let tables = "SELECT table_schema::text, table_name::text FROM information_schema.tables \
                  WHERE table_schema NOT IN ('pg_catalog', 'information_schema')";
    let tables = query_as::<_, (String, String)>(tables).fetch_all(&mut connection).await.expect("tables");
    let mut dump = Dump::new();
    for (schema, table) in tables {
        let all = format!("SELECT whole::text FROM \"{schema}\".\"{table}\" AS whole");
        let rows = query_scalar::<_, String>(AssertSqlSafe(all)).fetch_all(&mut connection).await.expect("rows");
        dump.extend(rows.into_iter().map(|row| (table.clone(), row.into_bytes())));
    }
    connection.close().await.expect("an end");
    dump
}
