//! Alerts as stored, how far minutes were scored, and claims on notifications.
