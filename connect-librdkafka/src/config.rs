//! [`Config`]: the settings of a client.

use std::{
    ffi::{CString, c_char},
    fmt,
    ptr::NonNull,
};

use rdkafka_sys::{rd_kafka_conf_res_t, rd_kafka_conf_t};

use crate::{
    error::{Code, Error},
    native,
};

/// How long an error text of librdkafka may be.
const TEXT: usize = 512;

/// The settings of a client, under librdkafka's names.
///
/// They are checked as they are given; whether they fit together is checked when the client is made.
pub struct Config(NonNull<rd_kafka_conf_t>);

// SAFETY: a configuration belongs to nobody else, and has no thread of its own.
unsafe impl Send for Config {}

impl Config {
    /// Takes settings over.
    ///
    /// # Errors
    ///
    /// A setting is unknown or its value is not allowed; the text names it.
    pub fn new<'a>(settings: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, Error> {
        // SAFETY: it answers a new configuration.
        let made = unsafe { rdkafka_sys::rd_kafka_conf_new() };
        let config = NonNull::new(made).map(Self).ok_or_else(out_of_memory)?;
        for (key, value) in settings {
            config.set(key, value)?;
        }
        Ok(config)
    }

    fn set(&self, key: &str, value: &str) -> Result<(), Error> {
        let (name, value) = (c_text(key)?, c_text(value)?);
        let mut text = [0; TEXT];
        // SAFETY: all three are texts of C, and `text` has as many bytes as is said.
        let answer = unsafe {
            rdkafka_sys::rd_kafka_conf_set(
                self.0.as_ptr(),
                name.as_ptr(),
                value.as_ptr(),
                text.as_mut_ptr(),
                text.len(),
            )
        };
        match answer {
            rd_kafka_conf_res_t::RD_KAFKA_CONF_OK => Ok(()),
            _ => Err(Error::new(
                Code::INVALID_ARG,
                format!("`{key}`: {}", from_buffer(&text)),
            )),
        }
    }

    /// Whether there is a `group.id`.
    pub(crate) fn has_group(&self) -> bool {
        let mut size = 0;
        // SAFETY: the name is a text of C; without a place for the value only its size is told, its end included.
        let found = unsafe {
            rdkafka_sys::rd_kafka_conf_get(
                self.0.as_ptr(),
                c"group.id".as_ptr(),
                std::ptr::null_mut(),
                &raw mut size,
            )
        };
        found == rd_kafka_conf_res_t::RD_KAFKA_CONF_OK && size > 1
    }

    pub(crate) fn as_ptr(&self) -> *mut rd_kafka_conf_t {
        self.0.as_ptr()
    }

    /// Gives the configuration away.
    pub(crate) fn into_raw(self) -> *mut rd_kafka_conf_t {
        let raw = self.0.as_ptr();
        std::mem::forget(self);
        raw
    }
}

impl Drop for Config {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { rdkafka_sys::rd_kafka_conf_destroy(self.0.as_ptr()) }
    }
}

impl fmt::Debug for Config {
    // Without the settings: passwords may be among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Config")
    }
}

/// Reads what librdkafka wrote into a buffer.
pub(crate) fn from_buffer(buffer: &[c_char]) -> String {
    // SAFETY: it was zeroed, and librdkafka ends what it writes with a zero.
    unsafe { native::text(buffer.as_ptr()) }
}

/// Makes a text of C.
pub(crate) fn c_text(text: &str) -> Result<CString, Error> {
    CString::new(text).map_err(|_zero| {
        let text = format!("expected a text without zero bytes, found {text:?}");
        Error::new(Code::INVALID_ARG, text)
    })
}

pub(crate) fn out_of_memory() -> Error {
    Error::new(Code::INVALID_ARG, "out of memory")
}
