"""Boot. NOT a medical device: a bench and teaching rig, never for a patient."""

from drivers import store

if not store.service_asked():
    from device import Device

    Device().run()
