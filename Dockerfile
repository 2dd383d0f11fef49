FROM python:3.13-slim
WORKDIR /app

COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes --requirement requirements.lock

COPY pyproject.toml README.md LICENSE ./
COPY domain domain
COPY application application
COPY projections projections
COPY adapters adapters
# A volume that is mounted at /srv/uploads belongs to whom that folder belongs.
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
    && useradd --system --no-create-home bookings \
    && install --directory --owner=bookings --mode=700 /srv/uploads

USER bookings
EXPOSE 5000
CMD ["bookings", "serve"]
