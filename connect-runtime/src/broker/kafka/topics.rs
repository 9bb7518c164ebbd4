//! [`Topics`]: which topics a consumer reads.

use std::{collections::BTreeSet, fmt, future::pending, sync::Arc, time::Duration};

use connect_api::{Result, Str};
use connect_librdkafka as client;
use futures::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{
    super::{ChosenTopics, Subscription},
    clients::Clients,
    errors::classified,
};

/// Which topics a consumer reads, kept up to date where a pattern says it.
///
/// Topics are matched here and not by the client, whose regular expressions are others.
#[derive(Debug, Default)]
pub(super) struct Topics(Option<Matching>);

struct Matching {
    clients: Arc<Clients>,
    client: Arc<client::Consumer>,
    chosen: ChosenTopics,
    subscribed: BTreeSet<Str>,
    /// The next look at what topics there are.
    listing: BoxFuture<'static, Result<Vec<String>>>,
}

impl Topics {
    /// How often a pattern is looked at again.
    const PERIOD: Duration = Duration::from_secs(5);

    /// How long the cluster may take to list its topics.
    const PATIENCE: Duration = Duration::from_secs(10);

    /// Subscribes to what is there.
    pub(super) async fn subscribe(
        clients: &Arc<Clients>,
        client: &Arc<client::Consumer>,
        subscription: &Subscription,
    ) -> Result<Self> {
        let chosen = ChosenTopics::of(subscription)?;
        if let ChosenTopics::Named(names) = &chosen {
            subscribe(client, names)?;
            return Ok(Self(None));
        }
        let mut matching = Matching {
            clients: Arc::clone(clients),
            client: Arc::clone(client),
            chosen,
            subscribed: BTreeSet::new(),
            listing: list(clients, client, Duration::ZERO),
        };
        let listed = (&mut matching.listing).await?;
        matching.update(listed)?;
        Ok(Self(Some(matching)))
    }

    /// Waits until other topics match than before, and subscribes to them.
    ///
    /// Dropping the future loses nothing.
    pub(super) async fn changed(&mut self) -> Result<()> {
        let Some(matching) = &mut self.0 else {
            return pending().await;
        };
        loop {
            match (&mut matching.listing).await {
                Ok(listed) => {
                    if matching.update(listed)? {
                        return Ok(());
                    }
                }
                Err(error) => {
                    matching.again();
                    tracing::debug!(error = %error.report(), "listing topics");
                }
            }
        }
    }
}

impl Matching {
    fn again(&mut self) {
        self.listing = list(&self.clients, &self.client, Topics::PERIOD);
    }

    /// Subscribes if other topics match than before.
    fn update(&mut self, listed: Vec<String>) -> Result<bool> {
        self.again();
        let matching: BTreeSet<Str> = listed
            .into_iter()
            .map(Str::from)
            .filter(|topic| self.chosen.contains(topic))
            .collect();
        let is_new = matching != self.subscribed;
        if is_new {
            subscribe(&self.client, &matching)?;
            self.subscribed = matching;
        }
        Ok(is_new)
    }
}

fn subscribe<'a>(
    client: &client::Consumer,
    topics: impl IntoIterator<Item = &'a Str>,
) -> Result<()> {
    let mut topics = topics.into_iter().peekable();
    if topics.peek().is_none() {
        // Nothing matches: the client takes no empty subscription.
        return Ok(());
    }
    let subscribed = client.subscribe(topics.map(|topic| &**topic));
    subscribed.map_err(|error| classified(error, "subscribing to topics"))
}

fn list(
    clients: &Arc<Clients>,
    client: &Arc<client::Consumer>,
    after: Duration,
) -> BoxFuture<'static, Result<Vec<String>>> {
    let (clients, admin) = (Arc::clone(clients), client.admin());
    async move {
        sleep(after).await;
        let listed = clients.blocking(move || admin.topics(Topics::PATIENCE));
        listed
            .await?
            .map_err(|error| classified(error, "listing topics"))
    }
    .boxed()
}

impl fmt::Debug for Matching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Matching")
            .field("chosen", &self.chosen)
            .field("subscribed", &self.subscribed)
            .finish_non_exhaustive()
    }
}
