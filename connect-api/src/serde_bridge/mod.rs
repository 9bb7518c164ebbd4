//! Values to authors' own structs and back, without a detour through JSON.

use serde::{Serialize, de::DeserializeOwned};

use crate::{Result, SchemaAndValue};

impl SchemaAndValue {
    /// Reads the value as a `T`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected), naming the field path, what was expected and found.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        unimplemented!()
    }

    /// Writes `value` without a schema.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected): `value` does not serialize.
    pub fn encode<T: Serialize + ?Sized>(_: &T) -> Result<Self> {
        unimplemented!()
    }
}
