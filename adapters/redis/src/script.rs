use fred::{
    clients::{Client, WithOptions},
    error::Error,
    interfaces::LuaInterface as _,
    types::{Value, scripts::Script as Hashed},
};

/// A script that decides on the server, in one step that no other command comes in between.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    lua: &'static str,
    hashed: Hashed,
}

impl Script {
    pub(crate) fn new(lua: &'static str) -> Self {
        Self { lua, hashed: Hashed::from_lua(lua) }
    }

    pub(crate) async fn run(
        &self,
        client: &WithOptions<Client>,
        keys: Vec<String>,
        arguments: Vec<Value>,
    ) -> Result<Value, Error> {
        match client.evalsha(self.hashed.sha1().clone(), keys.clone(), arguments.clone()).await {
            // A server that was started anew, or emptied, knows the script no more, and has run nothing.
            Err(error) if error.details().starts_with("NOSCRIPT") => client.eval(self.lua, keys, arguments).await,
            answer => answer,
        }
    }
}
