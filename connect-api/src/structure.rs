//! [`Struct`]: values with the fields of a schema.

use std::{fmt, sync::Arc};

use crate::{Error, Result, Schema, Type, Value};

/// Values in the order of the fields of a schema.
///
/// They are changed in place by their only owner.
///
/// ```
/// use connect_api::{Schema, Struct};
///
/// let point = Schema::record("Point")
///     .field("x", Schema::plain_int32())
///     .field("y", Schema::int32().default_value(7).build()?)
///     .build()?;
/// let at = Struct::new(&point)?.with("x", 3)?;
/// assert_eq!(at.get("y"), Some(&7.into()));
/// # Ok::<(), connect_api::Error>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Struct {
    schema: Schema,
    values: Arc<Vec<Value>>,
}

impl Struct {
    /// Builds a struct in which every field is null.
    ///
    /// # Errors
    ///
    /// `schema` is not of a struct, or stands for one that is not around it.
    pub fn new(schema: &Schema) -> Result<Self> {
        Self::from_values(schema, vec![Value::Null; schema.fields().len()])
    }

    /// Builds a struct of `values` in the order of the fields, unchecked: [`check`](Self::check) does that.
    ///
    /// # Errors
    ///
    /// `schema` is not of a struct, or has another number of fields.
    pub fn from_values(schema: &Schema, values: Vec<Value>) -> Result<Self> {
        check_shape(schema, values.len())?;
        Ok(Self {
            schema: schema.clone(),
            values: Arc::new(values),
        })
    }

    /// Returns the schema.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the values in the order of the fields, defaults not applied.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns the values for change in place; a shared struct is copied once.
    ///
    /// Nothing is checked here: [`put`](Self::put) and [`check`](Self::check) do.
    pub fn values_mut(&mut self) -> &mut [Value] {
        Arc::make_mut(&mut self.values).as_mut_slice()
    }

    /// Takes the values in the order of the fields.
    ///
    /// Those of a shared struct are cloned.
    #[must_use]
    pub fn into_values(self) -> Vec<Value> {
        Arc::unwrap_or_clone(self.values)
    }

    /// Keeps the values under another schema, unchecked: [`check`](Self::check) does that.
    ///
    /// # Errors
    ///
    /// `schema` is not of a struct, or has another number of fields.
    pub fn with_schema(self, schema: &Schema) -> Result<Self> {
        check_shape(schema, self.values.len())?;
        Ok(Self {
            schema: schema.clone(),
            values: self.values,
        })
    }

    /// Changes the values and the schema together, unchecked: [`check`](Self::check) does that.
    ///
    /// Values may be added and removed; those of a shared struct are cloned once.
    ///
    /// ```
    /// use connect_api::{Schema, Struct};
    ///
    /// let [small, large] = [Schema::record("Small"), Schema::record("Large").field("n", Schema::plain_int32())];
    /// let grown = Struct::new(&small.build()?)?.reshaped(&large.build()?, |values| {
    ///     values.push(7.into());
    ///     Ok(())
    /// })?;
    /// assert_eq!(grown.get("n"), Some(&7.into()));
    /// # Ok::<(), connect_api::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of `change`; or `schema` is not of a struct, or has not as many fields as there are values then.
    pub fn reshaped(
        mut self,
        schema: &Schema,
        change: impl FnOnce(&mut Vec<Value>) -> Result<()>,
    ) -> Result<Self> {
        change(Arc::make_mut(&mut self.values))?;
        self.with_schema(schema)
    }

    /// Returns the value of a field, or its default if it is null.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.schema
            .field_index(field)
            .map(|index| self.get_at(index))
    }

    /// Returns the value of the field at `index`, or its default if it is null.
    ///
    /// # Panics
    ///
    /// There is no such field.
    #[must_use]
    pub fn get_at(&self, index: usize) -> &Value {
        match &self.values[index] {
            value @ Value::Null => self.schema.fields()[index]
                .schema()
                .default_value()
                .unwrap_or(value),
            value => value,
        }
    }

    /// Returns the value of a field as it was put.
    #[must_use]
    pub fn get_without_default(&self, field: &str) -> Option<&Value> {
        self.schema
            .field_index(field)
            .map(|index| &self.values[index])
    }

    /// Sets a field.
    ///
    /// # Errors
    ///
    /// There is no such field, or `value` does not fit it.
    pub fn put(&mut self, field: &str, value: impl Into<Value>) -> Result<()> {
        let Some(index) = self.schema.field_index(field) else {
            return Err(Error::rejected(format!(
                "{}: no field `{field}`",
                self.schema
            )));
        };
        let value = value.into();
        self.check_field(index, &value)?;
        self.values_mut()[index] = value;
        Ok(())
    }

    /// Sets a field and returns the struct.
    ///
    /// # Errors
    ///
    /// As [`put`](Self::put).
    pub fn with(mut self, field: &str, value: impl Into<Value>) -> Result<Self> {
        self.put(field, value)?;
        Ok(self)
    }

    /// Checks every field against its schema.
    ///
    /// # Errors
    ///
    /// Names the first field that does not fit.
    pub fn check(&self) -> Result<()> {
        self.values
            .iter()
            .enumerate()
            .try_for_each(|(index, value)| self.check_field(index, value))
    }

    fn check_field(&self, index: usize, value: &Value) -> Result<()> {
        let field = &self.schema.fields()[index];
        if value.is_null() && field.schema().default_value().is_some() {
            return Ok(());
        }
        field
            .schema()
            .check(value)
            .map_err(|error| error.context(format!("field `{}`", field.name())))
    }
}

/// Refuses a schema that is not of a struct with as many fields.
fn check_shape(schema: &Schema, values: usize) -> Result<()> {
    if schema.type_() != Type::Struct {
        return Err(Error::rejected(format!(
            "expected a schema of type struct, found {schema}"
        )));
    }
    if schema.is_enclosing() && !schema.unbound().is_empty() {
        return Err(schema.without_struct());
    }
    let fields = schema.fields().len();
    if fields != values {
        return Err(Error::rejected(format!(
            "{schema}: expected {fields} values, found {values}"
        )));
    }
    Ok(())
}

impl fmt::Debug for Struct {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.schema.fields().iter().map(|field| field.name());
        f.debug_map()
            .entries(fields.zip(self.values.iter()))
            .finish()
    }
}
