//! [`Installation`]: Kafka's jars, and what is made of them once.

use std::{
    env,
    fs::{self, File},
    hash::{DefaultHasher, Hash, Hasher},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{LabError, port::Port};

/// What of Java stands in this crate, by file name.
const SOURCES: &[(&str, &str)] = &[
    ("Broker.java", include_str!("../kafka/Broker.java")),
    ("Client.java", include_str!("../kafka/Client.java")),
    ("Warmup.java", include_str!("../kafka/Warmup.java")),
    ("log4j2.xml", include_str!("../kafka/log4j2.xml")),
];

/// Starts fast: what a broker does for one test is never worth the second compiler or a concurrent collector.
const FAST_START: &[&str] = &["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/// What the scripts of Kafka's distribution start a broker with.
const AS_KAFKA_DOES: &[&str] = &[
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
];

/// What all have: no file in a folder that is shared, and no word of the JVM among the answers on stdout.
const ALWAYS: &[&str] = &[
    "-XX:-UsePerfData",
    "-Djava.awt.headless=true",
    "-Xlog:disable",
    "-Xlog:all=warning:stderr",
];

/// The one cluster: brokers that know each other's address by their settings need no other id.
const CLUSTER: &str = "AAAAAAAAAAAAAAAAAAAAAQ";

/// What a JVM is good at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tuning {
    Start,
    Throughput,
}

/// Kafka's jars in a folder, and what is made of them once: our classes and a formatted directory.
#[derive(Clone, Debug)]
pub(crate) struct Installation {
    home: PathBuf,
    /// Made from the sources whose hash is in its name.
    made: PathBuf,
}

impl Installation {
    /// Finds what `./test` has fetched, and makes what is missing of the rest.
    pub(crate) fn find() -> Result<Self, LabError> {
        let home = home()?;
        if !home.join("libs").is_dir() {
            return Err(LabError::new(format!(
                "expected Kafka's jars in {}/libs, found no such folder: `./test` fetches them",
                home.display()
            )));
        }
        let mut hasher = DefaultHasher::new();
        SOURCES.hash(&mut hasher);
        let made = home.join(format!("lab-{:016x}", hasher.finish()));
        let installation = Self { home, made };
        if !installation.made.is_dir() {
            installation.make()?;
        }
        if !installation.archive().exists() {
            installation.make_archive()?;
        }
        Ok(installation)
    }

    /// Classes as the JVM has them in memory, which spares it a third of the start.
    fn archive(&self) -> PathBuf {
        self.made.join("lab.jsa")
    }

    /// Where the locks of ports stand.
    pub(crate) fn ports(&self) -> PathBuf {
        self.home.join("ports")
    }

    /// A call of Java with Kafka and our classes.
    pub(crate) fn java(
        &self,
        folder: &Path,
        heap_mib: u32,
        tuning: Tuning,
    ) -> Result<Command, LabError> {
        let mut command = plain_java(folder, heap_mib, tuning);
        command
            // One of another Java is passed over.
            .arg(format!(
                "-XX:SharedArchiveFile={}",
                self.archive().display()
            ))
            .args(["-cp", &self.class_path(&self.made.join("lab.jar"))?]);
        Ok(command)
    }

    /// A call of Java with the jars of a plugin too.
    pub(crate) fn java_with_plugin(
        &self,
        plugin: &str,
        folder: &Path,
        heap_mib: u32,
        tuning: Tuning,
    ) -> Result<Command, LabError> {
        let jars = self.home.join("plugins").join(plugin);
        if !jars.is_dir() {
            return Err(LabError::new(format!(
                "expected jars in {}, found no such folder: `./test` fetches them",
                jars.display()
            )));
        }
        let mut command = plain_java(folder, heap_mib, tuning);
        let kafka = self.class_path(&self.made.join("lab.jar"))?;
        command.args(["-cp", &format!("{kafka}:{}/*", jars.display())]);
        Ok(command)
    }

    /// Makes `folder` what a broker takes for formatted, if it is not that yet.
    ///
    /// `StorageTool` would write the same two files, one of them always the same, in a second for each broker.
    pub(crate) fn format(&self, folder: &Path, node: usize) -> Result<(), LabError> {
        let meta = folder.join("meta.properties");
        if meta.exists() {
            return Ok(());
        }
        let text = format!("version=1\ncluster.id={CLUSTER}\nnode.id={node}\n");
        fs::create_dir_all(folder)
            .and_then(|()| {
                let name = "bootstrap.checkpoint";
                fs::copy(self.made.join("formatted").join(name), folder.join(name))
            })
            .and_then(|_| fs::write(&meta, text))
            .map_err(LabError::during(format!("formatting {}", folder.display())))
    }

    /// Makes classes and a formatted directory beside their place and moves them there in one step.
    fn make(&self) -> Result<(), LabError> {
        let doing = || format!("making {}", self.made.display());
        let temporary = tempfile::Builder::new()
            .prefix("making-")
            .tempdir_in(&self.home)
            .map_err(LabError::during(doing()))?;
        let folder = temporary.path();
        for (name, text) in SOURCES {
            fs::write(folder.join(name), text).map_err(LabError::during(doing()))?;
        }
        self.compile(folder)?;
        self.format_once(folder)?;
        match fs::rename(folder, &self.made) {
            // Somebody else was faster, and made the same.
            Err(_) if self.made.is_dir() => Ok(()),
            moved => moved.map_err(LabError::during(doing())),
        }
    }

    fn compile(&self, folder: &Path) -> Result<(), LabError> {
        let sources = SOURCES.iter().map(|(name, _)| folder.join(name));
        let mut javac = Command::new("javac");
        javac
            .args(["-cp", &self.class_path(Path::new("."))?, "-d"])
            .arg(folder.join("classes"))
            .args(sources.filter(|path| path.extension().is_some_and(|end| end == "java")));
        run(&mut javac)?;
        let mut jar = Command::new("jar");
        jar.args(["--create", "--file"])
            .arg(folder.join("lab.jar"))
            .arg("-C")
            .arg(folder.join("classes"))
            .arg(".")
            .arg("-C")
            .arg(folder)
            .arg("log4j2.xml");
        run(&mut jar)
    }

    /// Lets Kafka's own tool format a directory, whose checkpoint all brokers start from.
    fn format_once(&self, folder: &Path) -> Result<(), LabError> {
        let formatted = folder.join("formatted");
        let settings = folder.join("format.properties");
        let text = format!(
            "process.roles=broker,controller\nnode.id=1\nlog.dirs={}\n\
             listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093\n\
             controller.listener.names=CONTROLLER\ncontroller.quorum.voters=1@127.0.0.1:9093\n",
            formatted.display()
        );
        fs::write(&settings, text)
            .map_err(LabError::during(format!("writing {}", settings.display())))?;
        let mut tool = Command::new("java");
        tool.args(FAST_START)
            .args(["-cp", &self.class_path(&folder.join("lab.jar"))?])
            .args([
                "kafka.tools.StorageTool",
                "format",
                "--cluster-id",
                CLUSTER,
                "--config",
            ])
            .arg(&settings);
        run(&mut tool)
    }

    /// Lets a JVM use what brokers and clients use, and write down its classes.
    ///
    /// The archive holds for the path of `lab.jar`, so it is made where that stays.
    fn make_archive(&self) -> Result<(), LabError> {
        let doing = || format!("making {}", self.archive().display());
        let temporary = tempfile::Builder::new()
            .prefix("making-")
            .tempdir_in(&self.home)
            .map_err(LabError::during(doing()))?;
        let folder = temporary.path();
        let (broker, controller) = (Port::free(&self.ports())?, Port::free(&self.ports())?);
        self.format(&folder.join("data"), 1)?;
        let (bootstrap, controller) = (broker.address(), controller.address());
        let properties = format!(
            "process.roles=broker,controller\nnode.id=1\nlog.dirs={}\n\
             listeners=PLAINTEXT://{bootstrap},CONTROLLER://{controller}\n\
             controller.listener.names=CONTROLLER\ncontroller.quorum.voters=1@{controller}\n\
             transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\n",
            folder.join("data").display()
        );
        let calls = format!(
            "0\tcreate\t{bootstrap}\ttopic\t1\n\
             1\twrite\t{bootstrap}\ttopic\tcommitted\n0\t0\t-\t-\t-\n\
             0\tread\t{bootstrap}\ttopic\tread_committed\n"
        );
        let (settings, input) = (folder.join("server.properties"), folder.join("calls"));
        let archive = folder.join("lab.jsa");
        fs::write(&settings, properties)
            .and_then(|()| fs::write(&input, calls))
            .map_err(LabError::during(doing()))?;
        let mut warmup = Command::new("java");
        warmup
            .args(ALWAYS)
            .args(FAST_START)
            .arg(format!("-XX:ArchiveClassesAtExit={}", archive.display()))
            .arg(format!("-Djava.io.tmpdir={}", folder.display()))
            // Hundreds of old classes are left out, each with a warning.
            .arg("-Xlog:disable")
            .args(["-cp", &self.class_path(&self.made.join("lab.jar"))?])
            .arg("Warmup")
            .arg(settings)
            .stdin(File::open(&input).map_err(LabError::during(doing()))?);
        run(&mut warmup)?;
        fs::rename(archive, self.archive()).map_err(LabError::during(doing()))
    }

    /// Returns `first` and all of Kafka's jars, always in the same order.
    fn class_path(&self, first: &Path) -> Result<String, LabError> {
        let libs = self.home.join("libs");
        let entries = fs::read_dir(&libs)
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.path()))
                    .collect::<Result<Vec<_>, std::io::Error>>()
            })
            .map_err(LabError::during(format!("listing {}", libs.display())))?;
        let mut jars: Vec<_> = entries
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        jars.sort();
        jars.insert(0, first.display().to_string());
        Ok(jars.join(":"))
    }
}

fn plain_java(folder: &Path, heap_mib: u32, tuning: Tuning) -> Command {
    let mut command = Command::new("java");
    command
        .args(ALWAYS)
        .args(match tuning {
            Tuning::Start => FAST_START,
            Tuning::Throughput => AS_KAFKA_DOES,
        })
        .arg(format!("-Xmx{heap_mib}m"))
        // Native libraries are unpacked there; the folder goes with the test.
        .arg(format!("-Djava.io.tmpdir={}", folder.display()));
    command
}

/// Where `./test` says that Kafka is, or where it puts it by default.
fn home() -> Result<PathBuf, LabError> {
    if let Some(home) = env::var_os("CONNECT_KAFKA_HOME") {
        return Ok(home.into());
    }
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")));
    let cache = cache.ok_or_else(|| {
        LabError::new("expected CONNECT_KAFKA_HOME, found neither it nor HOME: `./test` sets it")
    })?;
    Ok(cache.join("connect/kafka-4.3.1"))
}

/// Runs a command to its end; what it wrote is told if it fails.
fn run(command: &mut Command) -> Result<(), LabError> {
    let program = command.get_program().display().to_string();
    let output = command
        .output()
        .map_err(LabError::during(format!("running {program}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(LabError::new(format!(
        "{program}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )))
}
