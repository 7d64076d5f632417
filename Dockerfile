# Not built where it was written: there was no container engine at hand.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w" -o /voucherswitch ./bootstrap/voucherswitch && mkdir /data

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /voucherswitch /voucherswitch
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /
VOLUME /data
EXPOSE 8080 8081
ENTRYPOINT ["/voucherswitch"]
CMD ["serve", "--config", "/etc/voucherswitch/config.yaml"]
