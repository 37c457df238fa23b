//! A connection that knows when the kernel received what was read from it last.
//!
//! On loopback that is within the sender's own system call: what this program does meanwhile on its core makes no difference.

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use nix::cmsg_space;
use nix::sys::socket::sockopt::ReceiveTimestampns;
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::process::now;

/// When the last bytes arrived, since the epoch.
#[derive(Clone, Default)]
pub(crate) struct Stamp(Arc<Mutex<Duration>>);

impl Stamp {
    /// The time, or now when the kernel gave none.
    pub(crate) fn get(&self) -> Duration {
        let stamp = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if stamp.is_zero() { now() } else { stamp }
    }

    fn set(&self, time: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }
}

/// Has the kernel note the time for every connection of `listener`.
pub(crate) fn ask_for_stamps(listener: &TcpListener) -> io::Result<()> {
    Ok(setsockopt(listener, ReceiveTimestampns, &true)?)
}

/// A connection of a listener that notes the time.
pub(crate) struct Stamped {
    stream: TcpStream,
    stamp: Stamp,
}

impl Stamped {
    pub(crate) fn new(stream: TcpStream) -> (Stamped, Stamp) {
        let stamp = Stamp::default();
        let stamped = Stamped {
            stream,
            stamp: stamp.clone(),
        };
        (stamped, stamp)
    }
}

impl AsyncRead for Stamped {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(self.stream.poll_read_ready(context))?;
            let free = buffer.initialize_unfilled();
            let received = self
                .stream
                .try_io(Interest::READABLE, || receive(&self.stream, free));
            match received {
                Ok((bytes, time)) => {
                    self.stamp.set(time.unwrap_or_else(now));
                    buffer.advance(bytes);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

fn receive(stream: &TcpStream, free: &mut [u8]) -> io::Result<(usize, Option<Duration>)> {
    let mut space = cmsg_space!(TimeSpec);
    let mut parts = [IoSliceMut::new(free)];
    let message = recvmsg::<()>(
        stream.as_raw_fd(),
        &mut parts,
        Some(&mut space),
        MsgFlags::empty(),
    )?;
    let stamp = message.cmsgs()?.find_map(|control| match control {
        ControlMessageOwned::ScmTimestampns(time) => Some(Duration::from(time)),
        _ => None,
    });
    Ok((message.bytes, stamp))
}

impl AsyncWrite for Stamped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
