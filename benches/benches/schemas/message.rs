//! [`Order`]: the message that `prost` generates code for.

use prost::{Message, Oneof};

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Order {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, tag = "2")]
    customer: String,
    #[prost(string, tag = "3")]
    email: String,
    #[prost(string, tag = "4")]
    city: String,
    #[prost(string, tag = "5")]
    country: String,
    #[prost(string, tag = "6")]
    note: String,
    #[prost(int32, tag = "7")]
    quantity: i32,
    #[prost(double, tag = "8")]
    discount: f64,
    #[prost(double, tag = "9")]
    price: f64,
    #[prost(float, tag = "10")]
    weight: f32,
    #[prost(bool, tag = "11")]
    paid: bool,
    #[prost(message, optional, tag = "12")]
    created: Option<Timestamp>,
    #[prost(bytes = "vec", tag = "13")]
    signature: Vec<u8>,
    #[prost(string, tag = "14")]
    channel: String,
    #[prost(int32, tag = "15")]
    priority: i32,
    #[prost(double, tag = "16")]
    score: f64,
    #[prost(int64, tag = "17")]
    updated: i64,
    #[prost(string, repeated, tag = "18")]
    tags: Vec<String>,
    #[prost(message, repeated, tag = "19")]
    items: Vec<Item>,
    #[prost(oneof = "Payment", tags = "20, 21")]
    payment: Option<Payment>,
}

#[derive(Clone, PartialEq, Message)]
struct Item {
    #[prost(string, tag = "1")]
    sku: String,
    #[prost(int32, tag = "2")]
    count: i32,
    #[prost(double, tag = "3")]
    price: f64,
}

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Oneof)]
enum Payment {
    #[prost(string, tag = "20")]
    String(String),
    #[prost(int64, tag = "21")]
    Long(i64),
}
