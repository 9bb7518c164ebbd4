//! Topics: made, described, deleted.

use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
    time::Duration,
};

use rdkafka_sys::{rd_kafka_ResourceType_t, rd_kafka_admin_op_t};

use super::{Admin, Limits, array, borrowed, c_texts, checked};
use crate::{
    client::{millis, nothing},
    config::{c_text, from_buffer},
    error::{Code, Error},
    native,
    queue::Event,
};

/// A topic as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// The number of partitions.
    pub partitions: i32,
}

/// A setting of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its value; `None` if it is a secret.
    pub value: Option<String>,
    /// Whether it was given for this topic, and is no default.
    pub is_given: bool,
}

impl Admin {
    /// How long the cluster may take to make or delete a topic.
    const CHANGE: Duration = Duration::from_secs(30);

    /// Creates a topic; -1 partitions or replicas are the cluster's default.
    ///
    /// # Errors
    ///
    /// [`Code::TOPIC_ALREADY_EXISTS`], and whatever else the cluster answers.
    pub async fn create_topic<'a>(
        &self,
        name: &str,
        (partitions, replicas): (i32, i32),
        settings: impl IntoIterator<Item = (&'a str, &'a str)> + Send,
    ) -> Result<(), Error> {
        let topic = NewTopic::new(name, (partitions, replicas), settings)?;
        let limits = Limits {
            operation: Some(Self::CHANGE),
            ..Limits::default()
        };
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATETOPICS;
        let asked = self.call(operation, &limits, move |client, options, queue| {
            // SAFETY: all live, and the request is copied.
            unsafe {
                let mut topics = [topic.0];
                rdkafka_sys::rd_kafka_CreateTopics(client, topics.as_mut_ptr(), 1, options, queue);
            }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        unsafe {
            let result = rdkafka_sys::rd_kafka_event_CreateTopics_result(event.as_ptr());
            let topics =
                array(|count| rdkafka_sys::rd_kafka_CreateTopics_result_topics(result, count));
            topics.into_iter().try_for_each(|topic| result_of(topic))
        }
    }

    /// Deletes a topic.
    ///
    /// # Errors
    ///
    /// [`Code::UNKNOWN_TOPIC_OR_PART`], and whatever else the cluster answers.
    pub async fn delete_topic(&self, name: &str) -> Result<(), Error> {
        let name = c_text(name)?;
        let limits = Limits {
            operation: Some(Self::CHANGE),
            ..Limits::default()
        };
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DELETETOPICS;
        let asked = self.call(operation, &limits, |client, options, queue| {
            // SAFETY: all live, and the request is copied.
            unsafe {
                let mut topics = [rdkafka_sys::rd_kafka_DeleteTopic_new(name.as_ptr())];
                rdkafka_sys::rd_kafka_DeleteTopics(client, topics.as_mut_ptr(), 1, options, queue);
                rdkafka_sys::rd_kafka_DeleteTopic_destroy(topics[0]);
            }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        unsafe {
            let result = rdkafka_sys::rd_kafka_event_DeleteTopics_result(event.as_ptr());
            let topics =
                array(|count| rdkafka_sys::rd_kafka_DeleteTopics_result_topics(result, count));
            topics.into_iter().try_for_each(|topic| result_of(topic))
        }
    }

    /// Describes a topic; `None` if there is none of that name.
    ///
    /// # Errors
    ///
    /// As the cluster answers.
    pub async fn topic(&self, name: &str) -> Result<Option<Topic>, Error> {
        self.topic_as_answered(name, &Limits::default()).await
    }

    /// Describes a topic as one of the [`brokers`](Self::brokers) knows it.
    ///
    /// They hear of changes one after the other.
    ///
    /// # Errors
    ///
    /// As the broker answers.
    pub async fn topic_at(&self, broker: i32, name: &str) -> Result<Option<Topic>, Error> {
        self.topic_as_answered(name, &Limits::at(broker)).await
    }

    async fn topic_as_answered(&self, name: &str, limits: &Limits) -> Result<Option<Topic>, Error> {
        let event = self.describe(name, limits).await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        let described = unsafe {
            let result = rdkafka_sys::rd_kafka_event_DescribeTopics_result(event.as_ptr());
            array(|count| rdkafka_sys::rd_kafka_DescribeTopics_result_topics(result, count))
                .into_iter()
                .map(|topic| {
                    borrowed(rdkafka_sys::rd_kafka_TopicDescription_error(topic))?;
                    let partitions = array(|count| {
                        rdkafka_sys::rd_kafka_TopicDescription_partitions(topic, count)
                    });
                    let partitions = i32::try_from(partitions.len()).unwrap_or(i32::MAX);
                    Ok::<_, Error>(Topic { partitions })
                })
                .next()
        };
        match described.transpose() {
            Err(error) if error.code() == Code::UNKNOWN_TOPIC_OR_PART => Ok(None),
            answer => answer,
        }
    }

    /// Asks for a topic.
    async fn describe(&self, name: &str, limits: &Limits) -> Result<Event, Error> {
        let names = c_texts(&[name])?;
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let asked = self.call(operation, limits, |client, options, queue| {
            let mut names: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
            // SAFETY: all live, and the request is copied.
            unsafe {
                let topics = rdkafka_sys::rd_kafka_TopicCollection_of_topic_names(
                    names.as_mut_ptr(),
                    names.len(),
                );
                rdkafka_sys::rd_kafka_DescribeTopics(client, topics, options, queue);
                rdkafka_sys::rd_kafka_TopicCollection_destroy(topics);
            }
        });
        asked.await
    }

    /// Returns the numbers of the brokers that the client has heard of.
    ///
    /// There are none before it is connected.
    #[must_use]
    pub fn brokers(&self) -> BTreeSet<i32> {
        let mut count = 0;
        // SAFETY: the instance lives; the list is ours and freed once.
        unsafe {
            let ids =
                rdkafka_sys::rd_kafka_brokers_learned_ids(self.client.as_ptr(), &raw mut count);
            let brokers = match count {
                0 => BTreeSet::new(),
                _ => slice::from_raw_parts(ids, count).iter().copied().collect(),
            };
            rdkafka_sys::rd_kafka_mem_free(self.client.as_ptr(), ids.cast());
            brokers
        }
    }

    /// Asks the cluster which [`brokers`](Self::brokers) there are.
    ///
    /// It asks for a topic: the answer to `rd_kafka_DescribeCluster` ends the process where a broker knows of no other one
    /// yet, as when it has just started (librdkafka 2.12, `rd_kafka_admin_response_parse`).
    ///
    /// # Errors
    ///
    /// As the cluster answers; [`Code::TIMED_OUT`] if it does not within `patience`.
    pub async fn look_for_brokers(&self, patience: Duration) -> Result<(), Error> {
        let limits = Limits {
            patience: Some(patience),
            ..Limits::default()
        };
        self.describe("__consumer_offsets", &limits).await.map(drop)
    }

    /// Returns the settings of a topic; none if there is no such topic.
    ///
    /// # Errors
    ///
    /// As the cluster answers.
    pub async fn topic_settings(&self, name: &str) -> Result<BTreeMap<String, Setting>, Error> {
        let name = c_text(name)?;
        let operation = rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS;
        let asked = self.call(operation, &Limits::default(), |client, options, queue| {
            let kind = rd_kafka_ResourceType_t::RD_KAFKA_RESOURCE_TOPIC;
            // SAFETY: all live, and the request is copied.
            unsafe {
                let mut wanted = [rdkafka_sys::rd_kafka_ConfigResource_new(
                    kind,
                    name.as_ptr(),
                )];
                rdkafka_sys::rd_kafka_DescribeConfigs(
                    client,
                    wanted.as_mut_ptr(),
                    1,
                    options,
                    queue,
                );
                rdkafka_sys::rd_kafka_ConfigResource_destroy(wanted[0]);
            }
        });
        let event = asked.await?;
        // SAFETY: the event is of this kind, and its parts live as long.
        unsafe {
            let result = rdkafka_sys::rd_kafka_event_DescribeConfigs_result(event.as_ptr());
            let resources = array(|count| {
                rdkafka_sys::rd_kafka_DescribeConfigs_result_resources(result, count)
            });
            let mut settings = BTreeMap::new();
            for resource in resources {
                let code = native::rd_kafka_ConfigResource_error(resource);
                if Code(code) == Code::UNKNOWN_TOPIC_OR_PART {
                    continue;
                }
                checked(
                    code,
                    native::text(rdkafka_sys::rd_kafka_ConfigResource_error_string(resource)),
                )?;
                let entries =
                    array(|count| rdkafka_sys::rd_kafka_ConfigResource_configs(resource, count));
                settings.extend(entries.into_iter().map(|entry| {
                    let value = rdkafka_sys::rd_kafka_ConfigEntry_value(entry);
                    let setting = Setting {
                        value: (!value.is_null()).then(|| native::text(value)),
                        is_given: native::rd_kafka_ConfigEntry_source(entry)
                            == native::OF_THE_TOPIC,
                    };
                    (
                        native::text(rdkafka_sys::rd_kafka_ConfigEntry_name(entry)),
                        setting,
                    )
                }));
            }
            Ok(settings)
        }
    }

    /// Lists the names of all topics.
    ///
    /// It blocks the thread.
    ///
    /// # Errors
    ///
    /// As the cluster answers.
    pub fn topics(&self, patience: Duration) -> Result<Vec<String>, Error> {
        let mut answer = std::ptr::null();
        // SAFETY: the instance lives, and the answer is ours once it succeeds.
        unsafe {
            Error::check(native::rd_kafka_metadata(
                self.client.as_ptr(),
                1,
                nothing(),
                &raw mut answer,
                millis(patience),
            ))?;
            let count = usize::try_from((*answer).topic_cnt).unwrap_or(0);
            let topics = match count {
                0 => &[],
                _ => slice::from_raw_parts((*answer).topics, count),
            };
            let names = topics.iter().map(|topic| native::text(topic.topic));
            let names = names.collect();
            rdkafka_sys::rd_kafka_metadata_destroy(answer);
            Ok(names)
        }
    }
}

/// A topic to be created.
struct NewTopic(*mut rdkafka_sys::rd_kafka_NewTopic_t);

// SAFETY: it belongs to nobody else.
unsafe impl Send for NewTopic {}

impl NewTopic {
    fn new<'a>(
        name: &str,
        (partitions, replicas): (i32, i32),
        settings: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Error> {
        let name = c_text(name)?;
        let mut text = [0; 512];
        // SAFETY: the name lives and is copied, and `text` has as many bytes as is said.
        let made = unsafe {
            rdkafka_sys::rd_kafka_NewTopic_new(
                name.as_ptr(),
                partitions,
                replicas,
                text.as_mut_ptr(),
                text.len(),
            )
        };
        if made.is_null() {
            return Err(Error::new(Code::INVALID_ARG, from_buffer(&text)));
        }
        let topic = Self(made);
        for (key, value) in settings {
            let (key, value) = (c_text(key)?, c_text(value)?);
            // SAFETY: all live, and both are copied.
            Error::check(unsafe {
                native::rd_kafka_NewTopic_set_config(topic.0, key.as_ptr(), value.as_ptr())
            })?;
        }
        Ok(topic)
    }
}

impl Drop for NewTopic {
    fn drop(&mut self) {
        // SAFETY: nobody else has it.
        unsafe { rdkafka_sys::rd_kafka_NewTopic_destroy(self.0) }
    }
}

/// # Safety
///
/// `result` is one of an answer that lives.
unsafe fn result_of(result: *const rdkafka_sys::rd_kafka_topic_result_t) -> Result<(), Error> {
    // SAFETY: as is said.
    unsafe {
        checked(
            native::rd_kafka_topic_result_error(result),
            native::text(rdkafka_sys::rd_kafka_topic_result_error_string(result)),
        )
    }
}
