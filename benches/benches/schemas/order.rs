//! [`orders`]: what is written and read, with twenty fields.

use std::sync::Arc;

use connect_api::{Bytes, Schema, SchemaAndValue, SchemaBuilder, Struct, Value};

/// Returns orders that differ; `union` is the struct of which one field is set, without its fields.
pub(crate) fn orders(count: usize, union: SchemaBuilder) -> Vec<SchemaAndValue> {
    let schemas = Schemas::new(union);
    (0..count)
        .map(|n| SchemaAndValue::new(schemas.order.clone(), schemas.order(n)))
        .collect()
}

struct Schemas {
    order: Schema,
    item: Schema,
    payment: Schema,
}

impl Schemas {
    fn new(union: SchemaBuilder) -> Self {
        let item = Schema::record("Item")
            .field("sku", Schema::plain_string())
            .field("count", Schema::plain_int32())
            .field("price", Schema::plain_float64())
            .build()
            .unwrap();
        let payment = union
            .field("string", Schema::optional_string())
            .field("long", Schema::optional_int64())
            .build()
            .unwrap();
        let array = |of: &Schema| Schema::array(of.clone()).build().unwrap();
        let order = Schema::record("Order")
            .field("id", Schema::plain_int64())
            .field("customer", Schema::plain_string())
            .field("email", Schema::plain_string())
            .field("city", Schema::plain_string())
            .field("country", Schema::plain_string())
            .field("note", Schema::optional_string())
            .field("quantity", Schema::plain_int32())
            .field("discount", Schema::optional_float64())
            .field("price", Schema::plain_float64())
            .field("weight", Schema::plain_float32())
            .field("paid", Schema::plain_boolean())
            .field("created", Schema::timestamp().build().unwrap())
            .field("signature", Schema::plain_bytes())
            .field("channel", Schema::plain_string())
            .field("priority", Schema::plain_int32())
            .field("score", Schema::plain_float64())
            .field("updated", Schema::plain_int64())
            .field("tags", array(&Schema::plain_string()))
            .field("items", array(&item))
            .field("payment", payment.clone())
            .build()
            .unwrap();
        Self {
            order,
            item,
            payment,
        }
    }

    fn order(&self, n: usize) -> Value {
        let whole = i64::try_from(n).unwrap();
        let small = i32::try_from(n % 100).unwrap();
        let real = f64::from(small) * 1.25;
        let text = |what: &str| Value::from(format!("{what} {n}"));
        let items = (0..=n % 4).map(|i| self.item(i, small, real)).collect();
        let values = vec![
            (whole * 7919).into(),
            text("Ada Lovelace"),
            text("ada.lovelace@example.com"),
            text("London"),
            "GB".into(),
            [text("leave it with the neighbours"), Value::Null][n % 2].clone(),
            small.into(),
            [Value::Null, real.into()][n % 2].clone(),
            (real * 3.0).into(),
            1.5_f32.into(),
            (n.is_multiple_of(3)).into(),
            Value::Timestamp(1_790_000_000_000 + whole),
            Bytes::from(vec![small as u8; 16]).into(),
            ["web", "shop", "phone"][n % 3].into(),
            (small - 50).into(),
            (real / 7.0).into(),
            (1_790_000_000_000 + whole).into(),
            Value::Array(Arc::new(vec![text("tag"), "new".into(), "fragile".into()])),
            Value::Array(Arc::new(items)),
            self.payment(n),
        ];
        Struct::from_values(&self.order, values).unwrap().into()
    }

    fn item(&self, i: usize, count: i32, price: f64) -> Value {
        let values = vec![format!("SKU-{i:06}").into(), count.into(), price.into()];
        Struct::from_values(&self.item, values).unwrap().into()
    }

    fn payment(&self, n: usize) -> Value {
        let values = if n.is_multiple_of(2) {
            vec![format!("card {n:012}").into(), Value::Null]
        } else {
            vec![Value::Null, Value::Int64(1_000_000 + n as i64)]
        };
        Struct::from_values(&self.payment, values).unwrap().into()
    }
}
