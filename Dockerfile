# What builds stays in the first stage; the image has Python, the environment, one user.
FROM python:3.13.16-slim-trixie AS build
WORKDIR /build

RUN python -m venv /opt/bookings
COPY requirements-otel.lock .
RUN /opt/bookings/bin/pip install --no-cache-dir --require-hashes --requirement requirements-otel.lock

COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY application application
COPY projections projections
COPY adapters adapters
RUN /opt/bookings/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/bookings/bin/pip uninstall --yes hatchling pathspec pluggy trove-classifiers pip

FROM python:3.13.16-slim-trixie
# A volume that is mounted at /srv/uploads belongs to whom that folder belongs.
RUN pip uninstall --yes pip \
    && rm -r /usr/local/lib/python3.13/ensurepip \
    && install --directory --owner=10001 --group=10001 --mode=700 /srv/uploads
COPY --from=build /opt/bookings /opt/bookings

# The file system is not to be written to, but for /tmp and the uploads.
ENV PATH=/opt/bookings/bin:$PATH \
    HOME=/nonexistent \
    PYTHONDONTWRITEBYTECODE=1
WORKDIR /srv
USER 10001:10001
EXPOSE 5000 9000
CMD ["bookings", "serve"]
