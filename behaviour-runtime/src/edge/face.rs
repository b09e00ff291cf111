//! What the clients that are not written by a macro have in common.

/// Makes a struct around a [`Client`](crate::edge::Client) behave as the clients that the macros write.
macro_rules! client_face {
    ($client:ident, $of:ident) => {
        impl<S> std::ops::Deref for $client<S> {
            type Target = $crate::edge::Client<$of<S>>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<S> From<$crate::edge::Client<$of<S>>> for $client<S> {
            fn from(client: $crate::edge::Client<$of<S>>) -> Self {
                Self(client)
            }
        }

        impl<S> Clone for $client<S> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<S> PartialEq for $client<S> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<S> Eq for $client<S> {}

        impl<S> std::hash::Hash for $client<S> {
            fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl<S> std::fmt::Debug for $client<S> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

pub(crate) use client_face;
