use crate::error;
use backstop_application::ports::PortResult;
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

/// The whole numbers that a script answered, as many as are expected.
pub(crate) fn numbers<const N: usize>(answer: Value) -> PortResult<[i64; N]> {
    let Value::Array(values) = answer else { return Err(error::nonsense()) };
    let numbers: Option<Vec<i64>> = values
        .into_iter()
        .map(|value| match value {
            Value::Integer(number) => Some(number),
            _ => None,
        })
        .collect();
    numbers.and_then(|numbers| numbers.try_into().ok()).ok_or_else(error::nonsense)
}

#[cfg(test)]
mod tests {
    use super::*;
    use backstop_application::ports::PortErrorKind;

    #[test]
    fn an_answer_of_another_form_is_nonsense() {
        assert_eq!(numbers::<2>(Value::Array(vec![Value::Integer(1), Value::Integer(2)])).unwrap(), [1, 2]);
        let wrong = [
            Value::Null,
            Value::Integer(1),
            Value::Array(vec![Value::Integer(1)]),
            Value::Array(vec![Value::Integer(1), Value::from("2")]),
        ];
        for answer in wrong {
            assert_eq!(numbers::<2>(answer).unwrap_err().kind(), PortErrorKind::Corrupt);
        }
    }
}
