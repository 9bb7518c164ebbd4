use std::{net::SocketAddr, sync::Arc};

use connect_api::{ErrorKind, Secret};
use connect_converters::registry::{Deleted, RegistryConfig};
use connect_testkit::registry::MockRegistry;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        RootCertStore, ServerConfig,
        crypto::aws_lc_rs::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::WebPkiClientVerifier,
    },
};

use super::{client, config_for};

/// Made once with OpenSSL, for a hundred years: an authority, and a server and client that it knows.
const AUTHORITY: &str = include_str!("certificates/ca.pem");
const SERVER: &str = include_str!("certificates/server.pem");
const CLIENT: &str = include_str!("certificates/client.pem");

/// Puts TLS in front of a registry: it asks for a client's certificate.
async fn encrypted(mock: &MockRegistry, serving: &mut JoinSet<()>) -> SocketAddr {
    let provider = Arc::new(default_provider());
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(AUTHORITY.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(SERVER.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(SERVER.as_bytes()).unwrap(),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (address, behind) = (listener.local_addr().unwrap(), mock.address());
    serving.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // Whoever is not let in sees why; the next one is served.
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let mut plain = TcpStream::connect(behind).await.unwrap();
                drop(copy_bidirectional(&mut stream, &mut plain).await);
            }
        }
    });
    address
}

fn trusting(host: &str, address: SocketAddr) -> RegistryConfig {
    let mut config = config_for([format!("https://{host}:{}", address.port())]);
    config.http.max_retries = 0;
    config.schema_registry_ssl.truststore_certificates = Some(Secret::new(AUTHORITY));
    config
}

fn introduced(mut config: RegistryConfig) -> RegistryConfig {
    let (key, chain) = CLIENT.split_at(CLIENT.find("-----BEGIN CERTIFICATE").unwrap());
    config.schema_registry_ssl.keystore_key = Some(Secret::new(key));
    config.schema_registry_ssl.keystore_certificate_chain = Some(Secret::new(chain));
    config
}

async fn asked(config: &RegistryConfig) -> Option<ErrorKind> {
    let answer = client(config).subjects(Deleted::Hidden).await;
    answer.err().map(|error| error.kind())
}

#[tokio::test]
async fn server_and_client_show_their_certificates() {
    let mock = MockRegistry::start().await;
    let mut serving = JoinSet::new();
    let address = encrypted(&mock, &mut serving).await;
    let both = introduced(trusting("localhost", address));
    assert_eq!(asked(&both).await, None);
    let nobody = trusting("localhost", address);
    assert_eq!(asked(&nobody).await, Some(ErrorKind::Unavailable));
    let mut trusts_others = both.clone();
    trusts_others.schema_registry_ssl.truststore_certificates = Some(Secret::new(CLIENT));
    assert_eq!(asked(&trusts_others).await, Some(ErrorKind::Unavailable));
}

#[tokio::test]
async fn certificates_and_keys_are_read_from_files() {
    let mock = MockRegistry::start().await;
    let mut serving = JoinSet::new();
    let address = encrypted(&mock, &mut serving).await;
    let folder = format!(
        "{}/tests/it/registry/certificates",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut config = trusting("localhost", address);
    let ssl = &mut config.schema_registry_ssl;
    ssl.truststore_certificates = None;
    ssl.truststore_location = Some(format!("{folder}/ca.pem"));
    ssl.keystore_location = Some(format!("{folder}/client.pem"));
    assert_eq!(asked(&config).await, None);
    config.schema_registry_ssl.truststore_location = Some(format!("{folder}/none.pem"));
    let error = client(&config).subjects(Deleted::Hidden).await.unwrap_err();
    assert_eq!(
        error.problems()[0].key(),
        "schema.registry.ssl.truststore.location"
    );
}

#[tokio::test]
async fn the_certificate_names_the_host_unless_that_is_not_asked() {
    let mock = MockRegistry::start().await;
    let mut serving = JoinSet::new();
    let address = encrypted(&mock, &mut serving).await;
    let mut config = introduced(trusting("127.0.0.1", address));
    assert_eq!(asked(&config).await, Some(ErrorKind::Unavailable));
    config.schema_registry_ssl.endpoint_identification_algorithm = String::new();
    assert_eq!(asked(&config).await, None);
}
